// Keeps what the ingestion image's own code says of the workflows that we build, for test/integration/workflows.test.ts. Run it
// after a change of what is built, with a Python that has openmetadata-ingestion and openmetadata-managed-apis:
//
//   npx tsx tools/record-workflows.ts [PYTHON]
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askOracle, WORKFLOWS_FOLDER, workflowCases } from '../test/support/workflowCases.ts';

const python = process.argv[2] ?? 'python3';
const versions = spawnSync(
  python,
  [
    '-c',
    'from importlib.metadata import version as v; print(v("openmetadata-ingestion"), v("openmetadata-managed-apis"))',
  ],
  { encoding: 'utf8' },
);
const [ingestion = '', managedApis = ''] = versions.stdout.trim().split(' ');
const answer = askOracle(python, true);
const workflows = workflowCases().map(({ name, workflow }) => {
  const { name: _name, ...verdict } = answer.workflows.find((one) => one.name === name) ?? { name };
  return { name, verdict, workflow };
});
const recorded = { versions: { ingestion, managedApis }, ...answer, workflows };
writeFileSync(join(WORKFLOWS_FOLDER, 'recorded.json'), `${JSON.stringify(recorded, null, 2)}\n`);
console.log(`recorded ${workflows.length} workflows with openmetadata-ingestion ${ingestion}`);
