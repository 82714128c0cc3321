/** The relay program. */
import type { Problem } from '../common/program/config.ts';
import type { Program } from '../common/program/program.ts';
import { type RelayConfig, relaySettings } from './config.ts';
import { createRelay } from './relay.ts';

export const relay: Program<typeof relaySettings> = {
  name: 'relay',
  summary: "Takes Alertmanager's webhooks, makes them durable, delivers them and keeps the history.",
  settings: relaySettings,
  check: checkBasicAuth,
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
      got: username === undefined ? 'the password alone' : 'the username alone',
    }));
}
