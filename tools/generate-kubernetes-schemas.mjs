// Writes src/kubernetes/openapi/kubernetes.json from the OpenAPI v3 documents of a running API server.
//
//   KUBECONFIG=… node tools/generate-kubernetes-schemas.mjs [--check]
//
// KUBECTL names the command (default kubectl). --check compares in place of writing, and fails on a difference.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** The kinds that are kept; what they refer to comes along. */
const KINDS = {
  'api/v1': [
    'Pod',
    'PodTemplate',
    'Binding',
    'ConfigMap',
    'Event',
    'Namespace',
    'Node',
    'Secret',
    'ServiceAccount',
    'Status',
    'DeleteOptions',
    'Eviction',
    'TokenRequest',
  ],
  'apis/apps/v1': ['ControllerRevision'],
  'apis/batch/v1': ['Job', 'CronJob'],
  'apis/coordination.k8s.io/v1': ['Lease'],
  'apis/apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
  'apis/authentication.k8s.io/v1': ['TokenReview', 'SelfSubjectReview'],
  'apis/authorization.k8s.io/v1': [
    'SubjectAccessReview',
    'SelfSubjectAccessReview',
    'LocalSubjectAccessReview',
    'SelfSubjectRulesReview',
  ],
};

/** Words of a schema that say what is valid, how it merges and what it defaults to; descriptions are prose. */
const KEPT = new Set([
  '$ref',
  'additionalProperties',
  'allOf',
  'default',
  'enum',
  'format',
  'items',
  'nullable',
  'oneOf',
  'properties',
  'required',
  'type',
]);

const target = new URL('../src/kubernetes/openapi/kubernetes.json', import.meta.url);
const version = JSON.parse(kubectlRaw('/version')).gitVersion;
const definitions = {};
for (const [path, kinds] of Object.entries(KINDS)) {
  const all = JSON.parse(kubectlRaw(`/openapi/v3/${path}`)).components.schemas;
  for (const kind of kinds) keep(definitionOf(all, path, kind), all);
}
const lines = Object.keys(definitions)
  .sort()
  .map((name) => `${JSON.stringify(name)}:${JSON.stringify(definitions[name])}`);
const text = `{"version":${JSON.stringify(version)},"definitions":{\n${lines.join(',\n')}\n}}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('src/kubernetes/openapi/kubernetes.json differs from what this API server serves');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
  console.log(`${lines.length} definitions of Kubernetes ${version}, ${Math.round(text.length / 1024)} KiB`);
}

function kubectlRaw(path) {
  const [command, ...args] = (process.env.KUBECTL ?? 'kubectl').split(' ');
  return execFileSync(command, [...args, 'get', '--raw', path], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

function definitionOf(all, path, kind) {
  const found = Object.keys(all).find((name) =>
    (all[name]['x-kubernetes-group-version-kind'] ?? []).some((gvk) => gvk.kind === kind),
  );
  if (found === undefined) throw new Error(`reading /openapi/v3/${path}: no kind ${kind}`);
  return found;
}

function keep(name, all) {
  if (name in definitions) return;
  definitions[name] = true;
  definitions[name] = trimmed(all[name], all);
}

function trimmed(schema, all) {
  const out = {};
  for (const word of Object.keys(schema).sort()) {
    if (KEPT.has(word)) out[word] = trimmedWord(word, schema[word], all);
    else if (word === 'x-kubernetes-group-version-kind') out[word] = schema[word].slice(0, 1);
    else if (word.startsWith('x-kubernetes-') && word !== 'x-kubernetes-unions') out[word] = schema[word];
  }
  return out;
}

function trimmedWord(word, value, all) {
  switch (word) {
    case '$ref':
      keep(value.slice(value.lastIndexOf('/') + 1), all);
      return value;
    case 'properties':
      return Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((name) => [name, trimmed(value[name], all)]),
      );
    case 'items':
      return trimmed(value, all);
    case 'additionalProperties':
      return typeof value === 'object' ? trimmed(value, all) : value;
    case 'allOf':
    case 'oneOf':
      return value.map((one) => trimmed(one, all));
    default:
      return value;
  }
}
