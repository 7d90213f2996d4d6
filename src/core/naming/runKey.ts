import type { Run } from '../run/run.ts';
import { ANNOTATION, LABEL } from './naming.ts';

/** What names one run among all. */
export interface RunRef {
  readonly kind: Run['kind'];
  readonly namespace: string;
  readonly name: string;
}

/** No name of an object holds a colon: so no Run has the key of an OMJob. */
const OMJOB_MARK = 'omjob:';

/** The key of a run: `namespace/name`, and `namespace/omjob:name` of an OMJob, which may have the name of a Run. */
export function runKey(run: Pick<Run, 'kind' | 'metadata'>): string {
  const { namespace = '', name = '' } = run.metadata;
  return runKeyOf({ kind: run.kind, namespace, name });
}

/** The key of the run that is named so. */
export function runKeyOf({ kind, namespace, name }: RunRef): string {
  return `${namespace}/${runKeyName(kind, name)}`;
}

/** What of the key stands behind the namespace: a name that no run of another kind has. */
export function runKeyName(kind: Run['kind'], name: string): string {
  return kind === 'OMJob' ? `${OMJOB_MARK}${name}` : name;
}

/** What a key names. */
export function readRunKey(key: string): RunRef {
  const slash = key.indexOf('/');
  const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)];
  return name.startsWith(OMJOB_MARK)
    ? { kind: 'OMJob', namespace, name: name.slice(OMJOB_MARK.length) }
    : { kind: 'Run', namespace, name };
}

/** The run that a pod names by its labels; undefined: none. An OMJob may have a name that no label holds: an annotation does. */
export function runOfPod(metadata: Run['metadata'] | undefined): RunRef | undefined {
  const { namespace, labels, annotations } = metadata ?? {};
  const label = labels?.[LABEL.run];
  if (!namespace || !label) return undefined;
  const isOMJob = labels?.[LABEL.kind] === 'OMJob';
  return {
    kind: isOMJob ? 'OMJob' : 'Run',
    namespace,
    name: (isOMJob ? annotations?.[ANNOTATION.run] : undefined) ?? label,
  };
}

/** The key of the run that a pod names by its labels; '' when it names none. */
export function runKeyOfPod(metadata: Run['metadata'] | undefined): string {
  const run = runOfPod(metadata);
  return run === undefined ? '' : runKeyOf(run);
}
