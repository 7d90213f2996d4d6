import type { ScheduleAnswer } from '../../../contract/routes/schedules.ts';
import { namespaceOf, type RunOptions } from '../run/runOptions.ts';

/** Options of every command about schedules. */
export interface ScheduleOptions extends RunOptions {
  readonly kind?: ScheduleAnswer['kind'];
}

/** Where and which kind, as the API's query has it. */
export function queryOf(options: ScheduleOptions): { namespace: string; kind: ScheduleAnswer['kind'] } {
  return { namespace: namespaceOf(options), kind: options.kind ?? 'Schedule' };
}

/** `schedule.endwell.dev/NAME`, as kubectl names objects. */
export function scheduleName({ kind, name }: Pick<ScheduleAnswer, 'kind' | 'name'>): string {
  return kind === 'Schedule'
    ? `schedule.endwell.dev/${name}`
    : `cronomjob.pipelines.openmetadata.org/${name}`;
}

/** JSON or YAML of an answer. */
export async function formatted(body: object, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${JSON.stringify(body, null, 2)}\n`;
  return (await import('../../output/yaml.ts')).toYaml(body);
}
