/** Problems of relay.yml name the place and the expectation, never a value that may be a secret. */
import { describe, expect, test } from '@jest/globals';
import { relaySettings } from '../../alert-relay/config.ts';
import { ConfigError, loadConfig } from '../../common/program/settings/config.ts';
import { parseConfigFile } from '../../common/program/settings/config-file.ts';

function problemsOf(text: string, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  const file = parseConfigFile(text, { file: 'relay.yml', environment: { URL: 'CANARY' } });
  try {
    loadConfig(relaySettings, { program: 'relay', flags: {}, environment, file });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a value in the wrong place is not shown', () => {
  test.each([
    ['webhook: CANARY', 'relay.yml:1: webhook: expected a map with token, token_file, got a text'],
    ['webhook: {token: [CANARY]}', 'relay.yml:1: webhook.token: expected a text that is not empty, got a list'],
    [
      'webhook: {token: a,CANARY}',
      'relay.yml:1: webhook: expected a known key (token, token_file), got a key without a value',
    ],
    [
      'prometheus: {basic_auth: CANARY}',
      'relay.yml:1: prometheus.basic_auth: expected a map with username, password, password_file, got a text',
    ],
    [
      'prometheus: {url: "ftp://u:CANARY@h"}',
      'relay.yml:1: prometheus.url: expected an http:// or https:// URL, got "ftp://<secret>@h"',
    ],
    ['channels: https://hooks.example/CANARY', 'relay.yml:1: channels: expected an object, got a text'],
    ['channels: [CANARY]', 'relay.yml:1: channels: expected an object, got a list'],
    ['channels: {a: https://hooks.example/CANARY}', 'relay.yml:1: channels.a: expected an object, got a text'],
    [
      'channels: {a: {type: webhook, url: "${URL}"}}',
      'relay.yml:1: channels.a.url: expected an http:// or https:// URL, got a text',
    ],
    ['channels: {a: {type: webhook, url: [CANARY]}}', 'relay.yml:1: channels.a.url: expected a text, got a list'],
    [
      'channels: {a: {type: webhook, url: "http://x", secret: {a: CANARY}}}',
      'relay.yml:1: channels.a.secret: expected a text, got a map',
    ],
    ['heartbeat: {url: {CANARY: x}}', 'relay.yml:1: heartbeat.url: expected a text that is not empty, got a map'],
    [
      'database: {url: "mysql://u:CANARY@h/d"}',
      'relay.yml:1: database.url: expected postgres://user:password@host:5432/database, got a text that is none',
    ],
  ])('%s', (text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });

  test('YAML in the environment', () => {
    expect(problemsOf('', { HOSTPULSE_RELAY_CHANNELS: '{a: CANARY' })).toEqual([
      'HOSTPULSE_RELAY_CHANNELS: expected YAML, got a text that is not YAML',
    ]);
  });
});
