/** Runs the relay program. */
import { readWebConfig } from '../common/http/web-config/web-config.ts';
import { webConfigProblems } from '../common/http/web-config/web-guard.ts';
import type { Program } from '../common/program/program.ts';
import type { Problem } from '../common/program/settings/config.ts';
import { isWebUrl } from './channel/fields.ts';
import { type RelayConfig, relaySettings } from './config.ts';
import { createRelay } from './relay.ts';

export const relay: Program<typeof relaySettings> = {
  name: 'relay',
  summary:
    'Stores alerts from Alertmanager, sends them to channels and keeps the history. See also: relay route, relay test, relay dead, relay reload.',
  settings: relaySettings,
  examples: [
    ['--config.file=/etc/hostpulse/relay.yml', 'receive alerts and send them to the channels of the file'],
    ['--config.file=/etc/hostpulse/relay.yml --check-config', 'check a settings file'],
    ['test --channel team', 'send a test message to a channel'],
    ['reload', 'let the running relay read its settings again'],
  ],
  check: (config) => [
    ...checkBasicAuth(config),
    ...checkRoutes(config),
    ...checkHeartbeat(config),
    ...checkWebConfig(config),
  ],
  create: createRelay,
};

function checkBasicAuth(config: RelayConfig): readonly Problem[] {
  const pairs = [
    ['alertmanager', config.alertmanagerUser, config.alertmanagerPassword],
    ['prometheus', config.prometheusUser, config.prometheusPassword],
  ] as const;
  return pairs
    .filter(([, username, password]) => (username === undefined) !== (password === undefined))
    .map(([name, username]) => ({
      place: `${name}.basic_auth`,
      expected: 'username and password together',
      got: username === undefined ? 'only the password' : 'only the username',
    }));
}

/**
 * Returns a problem when `heartbeat.url` is not a URL. The URL is a secret because it may contain a token; the problem does not
 * repeat it.
 */
function checkHeartbeat({ heartbeatUrl }: RelayConfig): readonly Problem[] {
  if (heartbeatUrl === undefined || isWebUrl(heartbeatUrl.reveal())) return [];
  return [{ place: 'heartbeat.url', expected: 'an http:// or https:// URL', got: 'other text' }];
}

function checkRoutes({ channels, routes }: RelayConfig): readonly Problem[] {
  const known = Object.keys(channels);
  const expected = known.length === 0 ? 'a configured channel (there is none)' : `one of ${known.join(', ')}`;
  return routes.flatMap((route, at) =>
    route.channels.flatMap((name, index) =>
      known.includes(name) ? [] : [{ place: `routes[${at}].channels[${index}]`, expected, got: `"${name}"` }],
    ),
  );
}

/**
 * Returns the problems of the web configuration file. A request has one Authorization header, which cannot carry both basic
 * authentication and the bearer token.
 */
function checkWebConfig({ webConfigFile, webhookToken }: RelayConfig): readonly Problem[] {
  if (webConfigFile === undefined) return [];
  const problems = webConfigProblems(webConfigFile);
  if (problems.length > 0 || webhookToken === undefined) return problems;
  if ((readWebConfig(webConfigFile).users?.size ?? 0) === 0) return [];
  return [{ place: 'webhook.token', expected: `no token beside basic_auth_users in ${webConfigFile}`, got: 'both' }];
}
