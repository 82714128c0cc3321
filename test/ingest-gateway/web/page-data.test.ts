/** The rules of a real Prometheus that the page lists, for credentials that may read all hosts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { freePort } from '../../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../../support/prometheus.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-page-rules-'));
let prometheus: TestPrometheus;
let gateway: RunningGateway;

/** An expression that fails: several series on each side match on the labels in `on`. */
const two = '(vector(1) or label_replace(vector(1), "b", "1", "", ""))';

const rules = [
  { record: 'x:y', expr: 'vector(1)' },
  {
    alert: 'Always',
    expr: 'vector(1) > 0',
    for: '1h',
    labels: { severity: 'critical' },
    annotations: { description: 'It "always" does.' },
  },
  { alert: 'Broken', expr: `${two} * on(a) ${two}` },
];

beforeAll(async () => {
  prometheus = createPrometheus({
    port: await freePort(),
    folder,
    config: { global: { evaluation_interval: '1s' } },
    rules: { 'x.yml': JSON.stringify({ groups: [{ name: 'g', rules }] }) },
  });
  await prometheus.start();
  gateway = await startGateway({ prometheusUrl: prometheus.url });
});
afterAll(async () => {
  await gateway.stop();
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

test('lists expression, severity and state of alerting rules, without recording rules', async () => {
  const told = await eventually({ what: 'every rule evaluated', limitMs: 30_000 }, async () => {
    const body = (await (await gateway.get('/page/alerting-rules')).json()) as { rules: { health: string }[] };
    return body.rules.every(({ health }) => health !== 'unknown') ? body : undefined;
  });
  expect(told.rules).toMatchObject([
    {
      name: 'Always',
      query: 'vector(1) > 0',
      for_seconds: 3_600,
      severity: 'critical',
      annotations: { description: 'It "always" does.' },
      state: 'pending',
      health: 'ok',
    },
    {
      name: 'Broken',
      for_seconds: 0,
      state: 'inactive',
      health: 'err',
      last_error: expect.stringContaining('duplicate series'),
    },
  ]);
});

test('a credential bound to a host is refused', async () => {
  const key = await gateway.createKey({ host: 'web-1' });
  const response = await gateway.get('/page/alerting-rules', { authorization: `Bearer ${key}` });
  expect(response.status).toBe(403);
});

test('an unreachable Prometheus gives 503', async () => {
  await prometheus.stop('SIGKILL');
  const response = await gateway.get('/page/alerting-rules');
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
});
