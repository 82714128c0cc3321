/** Checks of the relay's configuration across settings, and the web configuration in use. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hashSync } from 'bcryptjs';
import { relaySettings } from '../../alert-relay/config.ts';
import { relay } from '../../alert-relay/main.ts';
import { createRelay } from '../../alert-relay/relay.ts';
import { createLog } from '../../common/program/log.ts';
import { ConfigError, loadConfig } from '../../common/program/settings/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-relay-main-'));
const webConfig = join(folder, 'web.yml');
writeFileSync(webConfig, `basic_auth_users: {alertmanager: "${hashSync('pass', 4)}"}\n`);
const brokenWebConfig = join(folder, 'broken.yml');
writeFileSync(brokenWebConfig, 'basic_auth_users: {alertmanager: plain}\n');

function configOf(root: Record<string, unknown>) {
  const file = { root, problems: [], placeOf: () => 'relay.yml:1' };
  return loadConfig(relaySettings, { program: 'relay', flags: {}, environment: {}, file });
}

const placesOf = async (root: Record<string, unknown>): Promise<readonly string[]> =>
  ((await relay.check?.(configOf(root))) ?? []).map(({ place, got }) => `${place}: ${got}`);

describe('configuration', () => {
  test('no setting is required', async () => expect(await placesOf({})).toEqual([]));

  test('user name and password belong together', async () => {
    const root = {
      alertmanager: { basic_auth: { username: 'a' } },
      prometheus: { basic_auth: { password: 'b' } },
    };
    expect(await placesOf(root)).toEqual([
      'alertmanager.basic_auth: only the username',
      'prometheus.basic_auth: only the password',
    ]);
  });

  test('the webhook token excludes users of the web configuration', async () => {
    expect(await placesOf({ web: { config_file: webConfig } })).toEqual([]);
    expect(await placesOf({ web: { config_file: webConfig }, webhook: { token: 't' } })).toEqual([
      'webhook.token: both',
    ]);
  });

  test('routes to unknown channels, and a heartbeat URL that is invalid', async () => {
    const channels = { ops: { type: 'webhook', url: 'https://x.example' } };
    expect(await placesOf({ channels, routes: [{ channels: ['ops', 'opps'] }], heartbeat: { url: 'x' } })).toEqual([
      'routes[0].channels[1]: "opps"',
      'heartbeat.url: other text',
    ]);
  });

  test('routes to an unknown escalation, and steps with unknown channels', async () => {
    const channels = { ops: { type: 'webhook', url: 'https://x.example' } };
    const escalations = { late: [{ after: '10m', channels: ['ops', 'boss'] }] };
    const routes = [
      { channels: ['ops'], escalation: 'late' },
      { channels: [], escalation: 'lat' },
    ];
    expect(await placesOf({ channels, routes, escalations })).toEqual([
      'routes[1].escalation: "lat"',
      'escalations.late[0].channels[1]: "boss"',
    ]);
  });

  test('unknown rotas, and channels of people that are unknown', async () => {
    const channels = { ops: { type: 'webhook', url: 'https://x.example' } };
    const rota = {
      time_zone: 'UTC',
      people: { ana: ['ops', 'phone'] },
      weekly: [{ from: 'mon 09:00', person: 'ana' }],
    };
    const routes = [{ channels: [{ oncall: 'day' }, { oncall: 'night' }] }];
    expect(await placesOf({ channels, routes, oncall: { day: rota } })).toEqual([
      'routes[0].channels[1]: "oncall:night"',
      'oncall.day.people.ana[1]: "phone"',
    ]);
  });

  test('faults of the web configuration', async () => {
    const places = await placesOf({ web: { config_file: brokenWebConfig } });
    expect(places).toHaveLength(1);
    expect(places[0]).toMatch(/broken\.yml.*basic_auth_users/);
  });

  test('all faults are reported at once, each with its place', () => {
    const root = {
      channels: { ops: { type: 'webhook' } },
      dedup_window: 'soon',
      time_zone: 'Mars/Olympus',
      reconcile: { interval: '7s' },
      retries: 3,
    };
    const thrown = (() => {
      try {
        configOf(root);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(ConfigError);
    expect((thrown as ConfigError).problems.map(({ place }) => place)).toEqual([
      'relay.yml:1: retries',
      'relay.yml:1: time_zone',
      'relay.yml:1: channels.ops.url',
      'relay.yml:1: dedup_window',
      'relay.yml:1: reconcile.interval',
    ]);
  });
});

test('every path requires a user of the web configuration', async () => {
  const config = configOf({
    web: { listen_address: ['127.0.0.1:0'], drain_delay: '0s', config_file: webConfig },
    database: { path: join(folder, 'hostpulse.db') },
  });
  const log = createLog({ level: 'error', format: 'logfmt', program: 'relay' });
  const service = createRelay(config, { log, version: '0.0.0', environment: {} });
  await service.start();
  try {
    const url = `http://127.0.0.1:${service.bound()[0]?.port}/-/ready`;
    expect((await fetch(url)).status).toBe(401);
    const authorization = `Basic ${Buffer.from('alertmanager:pass').toString('base64')}`;
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
  } finally {
    await service.stop();
  }
});
