// Subject: docs/replicas.md
/** Checks that the programs accept the settings in docs/replicas.md, and that Alertmanager accepts the receivers. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { relaySettings } from '../../alert-relay/config.ts';
import { loadConfig } from '../../common/program/settings/config.ts';
import { parseConfigFile } from '../../common/program/settings/config-file.ts';
import { settings as gatewaySettings } from '../../ingest-gateway/config.ts';
import { binaryPath } from '../support/binaries.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/replicas.md'), 'utf8');
const [database = '', receivers = '', ...others] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(
  ([, text]) => text ?? '',
);
const folder = mkdtempSync(join(tmpdir(), 'hostpulse-docs-'));

test('the settings are valid for relay and gateway', () => {
  expect(others).toEqual([]);
  const url = /url_file: (\S+) # (\S+)/.exec(database);
  const file = join(folder, 'database-url');
  writeFileSync(file, `${url?.[2]}\n`);
  const text = database.replace(url?.[1] ?? '', file);
  const layers = { flags: {}, environment: {}, file: parseConfigFile(text, { file: 'relay.yml', environment: {} }) };
  const relay = loadConfig(relaySettings, { program: 'relay', ...layers });
  const gateway = loadConfig(gatewaySettings, { program: 'gateway', ...layers });
  for (const { databaseUrl } of [relay, gateway])
    expect(databaseUrl?.reveal()).toBe('postgres://hostpulse:<password>@db.example.com/hostpulse?sslmode=verify-full');
});

test('Alertmanager accepts the receivers', () => {
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, `${stringify({ route: { receiver: 'relay' } })}${receivers}`);
  expect(execFileSync(binaryPath('amtool'), ['check-config', file], { encoding: 'utf8' })).toContain('SUCCESS');
});
