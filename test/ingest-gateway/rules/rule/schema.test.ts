/** Rule requests that never reach Prometheus: invalid members, unknown channels, a folder that is not writable. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rememberChannels } from '../../../../common/store/relay-records.ts';
import { type RunningGateway, startGateway } from '../../../support/gateway.ts';
import { expectGolden } from '../../../support/golden.ts';

const folder = join(import.meta.dirname, '../../../cases/rule-faults');
const valid = JSON.stringify({ name: 'A', expr: 'up == 0' });
let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

async function post(body: string, { at = gateway, query = '' } = {}): Promise<Response> {
  const key = await at.createKey({ scopes: ['admin'] });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return at.fetch(`/api/v1/alerts/rules${query}`, { method: 'POST', headers, body });
}

test.each(readdirSync(folder))('%s', async (name) => {
  const body = readFileSync(join(folder, name, 'input.json'), 'utf8');
  for (const query of ['', '?dry_run=true']) {
    const response = await post(body, { query });
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: readonly unknown[] };
    expectGolden(join(folder, name, 'expected.json'), `${JSON.stringify(errors, undefined, 2)}\n`);
  }
});

test('an invalid parameter, and an invalid id', async () => {
  expect((await post(valid, { query: '?dry_run=1' })).status).toBe(400);
  expect((await gateway.get('/api/v1/alerts/rules/7')).status).toBe(400);
});

test('without a folder for rules: 503 with the name of the setting, and rules can be read', async () => {
  const response = await post(valid);
  expect([response.status, ((await response.json()) as { title: string }).title]).toEqual([
    503,
    'rules cannot be changed: this gateway has no rules.custom_directory',
  ]);
  const listed = await gateway.get('/api/v1/alerts/rules');
  expect([listed.status, await listed.json()]).toEqual([200, { rules: [] }]);
});

describe('channels of a relay', () => {
  const named = (...channels: string[]): string => JSON.stringify({ name: 'A', expr: 'up == 0', channels });
  const answerOf = async (body: string): Promise<unknown> => {
    const response = await post(body, { query: '?dry_run=true' });
    const { title, errors } = (await response.json()) as { title: string; errors?: unknown };
    return [response.status, title, errors];
  };
  /** The next check needs Prometheus, which does not run. */
  const accepted = [503, expect.stringContaining('Prometheus cannot be reached'), undefined];
  const isKnown = async (): Promise<unknown> => (await gateway.get('/api/v1/alerts/channels')).json();

  test('every name is accepted before a relay has run', async () => {
    expect(await answerOf(named('anything'))).toEqual(accepted);
    expect(await isKnown()).toEqual({});
  });

  test('an unknown channel is refused with the known ones; "default" means the routes', async () => {
    await rememberChannels(gateway.store.db, { names: ['team', 'ops'], nowMs: 0 });
    expect(await isKnown()).toEqual({ channels: ['ops', 'team'] });
    expect(await answerOf(named('team', 'default'))).toEqual(accepted);
    expect(await answerOf(named('team', 'tema'))).toEqual([
      422,
      'the relay does not have this channel',
      [{ path: 'channels[1]', message: 'expected one of ops, team; got "tema"' }],
    ]);
    const disabled = JSON.stringify({ name: 'A', expr: 'up == 0', channels: ['gone'], enabled: false });
    expect(await answerOf(disabled)).toEqual(accepted);
  });

  test('a relay without channels', async () => {
    await rememberChannels(gateway.store.db, { names: [], nowMs: 0 });
    expect(await answerOf(named('team'))).toEqual([
      422,
      'the relay does not have this channel',
      [{ path: 'channels[0]', message: 'expected none: the relay has no channel; got "team"' }],
    ]);
  });
});

test.each(['gone', 'closed'])('a folder that is %s: 503, and the gateway runs', async (what) => {
  const path = mkdtempSync(join(tmpdir(), 'hostpulse-rules-'));
  if (what === 'gone') rmSync(path, { recursive: true });
  else chmodSync(path, 0o500);
  const at = await startGateway({ customRulesDirectory: path });
  try {
    const response = await post(valid, { at });
    const isRoot = process.getuid?.() === 0; // root can write everywhere
    const { title } = (await response.json()) as { title: string };
    expect([response.status, title]).toEqual([
      503,
      what === 'closed' && isRoot
        ? 'Prometheus cannot be reached (ECONNREFUSED)'
        : 'rules cannot be changed: the folder rules.custom_directory is not writable',
    ]);
  } finally {
    await at.stop();
    rmSync(path, { recursive: true, force: true });
  }
});
