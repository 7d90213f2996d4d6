import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findViolations, type ImportRules } from './imports.ts';

const rules = JSON.parse(readFileSync(new URL('import-rules.json', import.meta.url), 'utf8')) as ImportRules;

/** One import that each rule must refuse. A rule without a row here fails the last test. */
const FORBIDDEN: Record<string, { path: string; text: string }> = {
  'ports-know-nothing': { path: 'src/ports/a.ts', text: "import { x } from '../core/run/run.ts';" },
  'kubernetes-is-pure': { path: 'src/kubernetes/a.ts', text: "import { readFileSync } from 'node:fs';" },
  'core-is-pure': { path: 'src/core/run/a.ts', text: "import { x } from '../../kube/types.ts';" },
  'crd-imports-core': { path: 'src/crd/a.ts', text: "import { x } from '../kube/types.ts';" },
  'contract-imports-core': { path: 'src/contract/a.ts', text: "import { x } from '../crd/all.ts';" },
  'kube-imports-core': { path: 'src/kube/a.ts', text: "import { x } from '../actions/deletePod.ts';" },
  'store-imports-core': { path: 'src/store/a.ts', text: "import { x } from '../kube/types.ts';" },
  'telemetry-imports-core': { path: 'src/telemetry/a.ts', text: "import { x } from '../kube/types.ts';" },
  'actions-import-libraries': { path: 'src/actions/a.ts', text: "import { x } from '../operator/loop.ts';" },
  'operator-is-a-process': { path: 'src/operator/a.ts', text: "import { x } from '../server/start.ts';" },
  'server-is-a-process': { path: 'src/server/a.ts', text: "import { x } from '../operator/start.ts';" },
  'cli-is-a-process': { path: 'src/cli/a.ts', text: "import { x } from '../server/start.ts';" },
  'agent-is-a-process': { path: 'src/agent/a.ts', text: "import { x } from '../cli/run.ts';" },
  'kubelite-knows-no-product': { path: 'src/kubelite/a.ts', text: "export { x } from '../core/run/run.ts';" },
  'http-framework': { path: 'src/operator/a.ts', text: "import fastify from 'fastify';" },
  'undici-in-kube': { path: 'src/cli/a.ts', text: "const { Agent } = await import('undici');" },
  'sql-in-store': { path: 'src/server/a.ts', text: "import pg from 'pg';" },
  'time-and-chance-are-ports': { path: 'src/operator/a.ts', text: 'const t = Date.now();' },
};

describe('findViolations', () => {
  it.each(Object.entries(FORBIDDEN))('refuses what rule %s forbids', (name, file) => {
    expect(findViolations(rules, [file]).map((violation) => violation.rule)).toContain(name);
  });

  it('has a forbidden example for every rule, and no example without a rule', () => {
    const names = [...rules.rules, ...rules.onlyIn, ...rules.words].map((rule) => rule.name);
    expect(Object.keys(FORBIDDEN).sort()).toEqual(names.sort());
  });

  it('lets a folder import what its rule allows', () => {
    const file = {
      path: 'src/operator/a.ts',
      text: "import { x } from '../actions/deletePod.ts';\nimport y from 'zod';",
    };
    expect(findViolations(rules, [file])).toEqual([]);
  });

  it('says the line and ignores what stands in a comment', () => {
    const file = { path: 'src/operator/a.ts', text: '// Date.now()\nconst a = 1;\nconst b = Math.random();' };
    expect(findViolations(rules, [file])).toMatchObject([{ line: 3, rule: 'time-and-chance-are-ports' }]);
  });
});
