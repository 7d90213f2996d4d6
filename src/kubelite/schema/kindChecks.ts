import type { FieldError } from '../../kubernetes/fieldError.ts';
import type { JsonObject } from '../../kubernetes/json.ts';
import { dnsLabel, type NameRule } from '../../kubernetes/names.ts';
import { withCrdDefaults } from '../crd/crdDefaults.ts';
import { crdErrors } from '../crd/crdErrors.ts';
import { configMapErrors } from './kinds/configMap.ts';
import { controllerRevisionErrors } from './kinds/controllerRevision.ts';
import { defaultEvent, eventErrors } from './kinds/event.ts';
import { leaseErrors } from './kinds/lease.ts';
import { nodeErrors } from './kinds/node.ts';
import { podErrors } from './kinds/pod.ts';
import { defaultPod } from './kinds/podDefaults.ts';
import { defaultSecret, secretErrors } from './kinds/secret.ts';
import { defaultNameRule } from './metadata.ts';

/** What one built-in kind has beyond its schema. The object is decoded: every field has its type. */
export interface KindChecks {
  readonly nameRule: NameRule;
  /** A new object with the defaults that the API server sets. */
  withDefaults(object: JsonObject, old: JsonObject | undefined): JsonObject;
  errors(object: JsonObject, old: JsonObject | undefined): readonly FieldError[];
}

const PLAIN: KindChecks = {
  nameRule: defaultNameRule,
  withDefaults: (object) => ({ ...object }),
  errors: () => [],
};

const CHECKS: Readonly<Record<string, Partial<KindChecks>>> = {
  Pod: { withDefaults: defaultPod, errors: podErrors },
  Namespace: { nameRule: dnsLabel },
  Node: { errors: nodeErrors },
  Secret: { withDefaults: defaultSecret, errors: secretErrors },
  ConfigMap: { errors: configMapErrors },
  Event: { withDefaults: defaultEvent, errors: eventErrors },
  Lease: { errors: leaseErrors },
  ControllerRevision: { errors: controllerRevisionErrors },
  CustomResourceDefinition: { withDefaults: withCrdDefaults, errors: crdErrors },
};

/** The checks of a kind, by its name. */
export function kindChecks(kind: string): KindChecks {
  return { ...PLAIN, ...CHECKS[kind] };
}
