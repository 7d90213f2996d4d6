import { schedules } from '../../actions/resources.ts';
import { withSignal } from '../../actions/target.ts';
import type { Routes } from '../../contract/routes.ts';
import { API_VERSION } from '../../core/naming/naming.ts';
import { parseScheduleSpec } from '../../core/schedule/spec.ts';
import { slim } from '../../kube/watch/store.ts';
import { demand } from '../access/demand.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { refusalOfFields } from '../http/readCall.ts';
import { rightsToCreate } from '../runs/makeRun.ts';
import { answerOf } from './answer.ts';
import { SERVED_KINDS } from './kinds.ts';

/**
 * `POST /schedules`: refuses what a stored object could only say in its status: a zone that nobody knows, an expression that
 * never comes, a bad run. Its runs are made with the operator's rights, so the caller needs those to make one by hand.
 */
export async function createSchedule(
  api: Api,
  { query: { namespace }, body, caller, signal }: Call<Routes['createSchedule']>,
): Promise<Reply> {
  if (body.metadata.namespace !== undefined && body.metadata.namespace !== namespace) {
    const message = `is ${body.metadata.namespace}, and the request is about namespace ${namespace}`;
    throw refusalOfFields('SpecInvalid', [{ field: 'metadata.namespace', message }]);
  }
  const { spec, problems } = parseScheduleSpec(body.spec);
  if (problems !== undefined) throw refusalOfFields('SpecInvalid', problems);
  await demand(api.access, caller, [
    { verb: 'create', group: schedules.group, resource: schedules.plural, namespace },
    ...rightsToCreate(spec.run.spec, namespace),
  ]);
  const metadata = { ...body.metadata, namespace };
  const object = { apiVersion: API_VERSION, kind: 'Schedule', metadata, spec } as const;
  const stored = await api.client.create(schedules, object, {
    ...withSignal({ signal }),
    fieldValidation: 'Strict',
  });
  return json(201, answerOf(SERVED_KINDS.Schedule, slim(stored)));
}
