/** `hostpulse alerts list|ack|unack` as a user runs them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openEpisode, tryEpisode } from '../../common/store/relay-records.ts';
import { runCli } from '../support/cli.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

let gateway: RunningGateway;
let key: string;

beforeAll(async () => {
  gateway = await startGateway();
  key = await gateway.createKey({ scopes: ['admin'] });
  const startsAtMs = Date.parse('2026-03-01T12:00:00Z');
  const labels = { alertname: 'Cpu', instance: 'web-1', severity: 'warning' };
  const firing = { fingerprint: 'f', labels, annotations: {}, receiver: 'relay', startsAtMs, nowMs: startsAtMs };
  await openEpisode(gateway.store.db, { ...firing, generatorUrl: undefined, externalUrl: undefined });
});
afterAll(() => gateway.stop());

const alerts = (...args: readonly string[]) =>
  runCli(['alerts', ...args, '--gateway-url', gateway.url, '--api-key', key]);

test('an alert is listed, acknowledged, changed and given back', async () => {
  expect((await alerts('list')).stdout).toMatch(/^1 +warning +Cpu +web-1 +2026-03-01 12:00:00 +- +-$/m);
  expect(await alerts('ack', '1', '--name', 'Ana', '--note', 'a backup runs')).toMatchObject({
    code: 0,
    stdout: 'alert 1: acknowledged, Ana has it: a backup runs\n',
  });
  expect((await alerts('list')).stdout).toMatch(/Cpu .* Ana +a backup runs$/m);
  expect((await alerts('ack', '1', '--name', 'Bo')).stdout).toBe('alert 1: acknowledgement changed, Bo has it\n');
  expect((await alerts('ack', '1', '--name', 'Bo')).stdout).toBe('alert 1: already acknowledged, Bo has it\n');
  expect(await tryEpisode(gateway.store.db, 1)).toMatchObject({ acknowledged_by: 'Bo', acknowledged_note: null });
  expect((await alerts('unack', '1')).stdout).toBe('alert 1: acknowledgement withdrawn\n');
  expect((await alerts('unack', '1')).stdout).toBe('alert 1: it was not acknowledged\n');
});

test('errors name what is wrong', async () => {
  expect(await alerts('ack', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('expected the id of an alert, got "x"'),
  });
  expect(await alerts('ack', '99')).toMatchObject({ code: 1, stderr: 'hostpulse alerts: there is no alert 99\n' });
  expect(await alerts('ack', '1', '--name', 'x'.repeat(101))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('name: expected at most 100 characters'),
  });
});
