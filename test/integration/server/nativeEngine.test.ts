import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/contract/problem.ts';
import { useServer } from './serverUnderTest.ts';

const server = useServer('without operator', { namespace: 'default', useOMJobOperator: false });

describe('the native engine', () => {
  it('is refused on kubelite, which has no Job controller, with what to do', async () => {
    const body = { name: 'test-connection', workflowType: 'TEST_CONNECTION' };
    const answer = await server().send('POST', '/api/v1/automations', JSON.stringify(body));
    const problem = (await answer.json()) as Problem;
    expect([answer.status, problem.code]).toEqual([503, 'EngineUnavailable']);
    expect(problem.detail).toContain('kubelite has none, so it runs on real clusters only');
  });
});
