/** A gateway that is killed after it wrote a rule file and before the commit: the next gateway reconciles file and Prometheus. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { builtProgram } from '../support/binaries.ts';
import { eventually } from '../support/eventually.ts';
import { createProgram, freePort, type TestProgram } from '../support/process.ts';
import { type RuleStack, startRuleStack, writeUsersFile } from '../support/rule-stack.ts';

let stack: RuleStack;
let key = '';
const running: TestProgram[] = [];
beforeAll(async () => {
  stack = await startRuleStack();
  key = await stack.gateway.createKey({ scopes: ['admin'] });
});
afterAll(async () => {
  await Promise.all(running.map((program) => program.stop('SIGKILL')));
  await stack.stop();
});

/** Another gateway with the database and folder of the stack. */
async function createGatewayProgram(interval: string): Promise<TestProgram & { readonly url: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = createProgram({
    command: process.execPath,
    args: [
      builtProgram,
      'gateway',
      `--web.listen-address=127.0.0.1:${port}`,
      `--otlp.grpc-listen-address=127.0.0.1:0`,
      `--database.path=${stack.databasePath}`,
      `--queue.path=${stack.databasePath}-queue-${port}`,
      `--prometheus.url=${stack.prometheus.url}`,
      `--alertmanager.url=${stack.alertmanager.url}`,
      `--rules.custom-directory=${stack.customRules}`,
      `--rules.evaluation-interval=${interval}`,
    ],
    readyUrl: `${url}/-/ready`,
  });
  running.push(program);
  return { ...program, url };
}

const textOf = (name: string): string => readFileSync(join(stack.customRules, name), 'utf8');

test('a kill while Prometheus evaluates a new rule, and an updated rule', async () => {
  const kept = { name: 'Kept', expr: 'test_condition', operator: '>', threshold: 5 };
  const { status, body } = await stack.ask('/alerts/rules', { method: 'POST', body: kept });
  expect([status, body]).toEqual([201, expect.anything()]);
  const file = `${String(body['id'])}.rules.yml`;
  const undo = writeUsersFile(
    stack,
    'mine.rules.yml',
    'groups: [{name: mine, rules: [{alert: Mine, expr: up == 2}]}]\n',
  );

  for (const [method, path, changed] of [
    ['POST', '', { ...kept, name: 'Half' }],
    ['PUT', `/${String(body['id'])}`, { ...kept, threshold: 7 }],
  ] as const) {
    // Prometheus does not evaluate the rule before the kill, so the change is in file and Prometheus only.
    const killed = await createGatewayProgram('1h');
    await killed.start();
    await eventually({ what: 'this gateway has reconciled the files', limitMs: 60_000 }, () =>
      textOf(file).includes('interval: "1h"') ? true : undefined,
    );
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const asked = fetch(`${killed.url}/api/v1/alerts/rules${path}`, { method, headers, body: JSON.stringify(changed) });
    const ended = asked.then(
      ({ status }) => status,
      () => 'cut',
    );
    await eventually({ what: 'Prometheus has the change', limitMs: 60_000 }, async () => {
      const loaded = await stack.loaded();
      return loaded.some(([name, query]) => name === 'Half' || query.endsWith('> 7')) ? true : undefined;
    });
    await killed.stop('SIGKILL');
    expect(await ended).toBe('cut');
    // The lease would expire 15 s after the kill.
    await stack.gateway.store.db.deleteFrom('leases').where('name', '=', 'alert-rules').execute();

    const next = await createGatewayProgram('500ms');
    await next.start();
    try {
      await eventually({ what: 'Prometheus matches the database', limitMs: 90_000 }, async () => {
        const loaded = await stack.loaded();
        const wanted = [
          ['ByDefault', 'test_condition > 100'],
          ['Kept', 'test_condition > 5'],
          ['Mine', 'up == 2'],
        ];
        return JSON.stringify(loaded) === JSON.stringify(wanted) ? true : undefined;
      });
      expect(readdirSync(stack.customRules).sort((a, b) => (a < b ? -1 : 1))).toEqual(['mine.rules.yml', file]);
      const { rules } = (await stack.ask('/alerts/rules')).body as { rules: Record<string, unknown>[] };
      expect(rules).toMatchObject([{ name: 'Kept', threshold: 5, revision: 1, status: { state: 'inactive' } }]);
    } finally {
      await next.stop('SIGTERM');
    }
  }
  undo();
});
