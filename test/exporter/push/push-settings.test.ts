/** The push's settings: defaults, conflicts, and the buffer's folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../common/program/settings/config.ts';
import { parseConfigFile } from '../../../common/program/settings/config-file.ts';
import { type ExporterConfig, exporterSettings } from '../../../exporter/config.ts';
import { checkPush, pushSettingsOf } from '../../../exporter/push/push-settings.ts';

const work = mkdtempSync(join(tmpdir(), 'push-settings-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const keyFile = join(work, 'key');
writeFileSync(keyFile, 'hp_from_file\n');

function load(collector: Readonly<Record<string, unknown>>, environment: Record<string, string> = {}): ExporterConfig {
  const text = JSON.stringify({ collector: { server_url: 'https://gateway.example', ...collector } });
  const file = parseConfigFile(text, { file: 'exporter.yml', environment });
  return loadConfig(exporterSettings, { program: 'exporter', flags: {}, environment, file });
}

const settingsOf = (collector: Readonly<Record<string, unknown>>, environment: Record<string, string> = {}) =>
  pushSettingsOf(load(collector), 'https://gateway.example', environment);

test('defaults', () => {
  const settings = settingsOf({});
  expect(settings).toMatchObject({ intervalMs: 5_000, labels: {}, maxBytes: 256 * 2 ** 20, maxAgeMs: 86_400_000 });
  expect(settings.protocol.name).toBe('http');
  expect(settings.host).not.toBe('');
});

test.each(['http', 'remote_write', 'grpc'])('protocol %s is in the list', (protocol) => {
  expect(settingsOf({ protocol }).protocol.name).toBe(protocol);
});

test('the API key from a file', () => {
  expect(settingsOf({ api_key_file: keyFile }).apiKey?.reveal()).toBe('hp_from_file');
});

test.each([
  [{ buffer: { path: '/data/push' } }, { STATE_DIRECTORY: '/var/lib/x' }, '/data/push/push.queue'],
  [{}, { STATE_DIRECTORY: '/var/lib/x:/var/lib/y' }, '/var/lib/x/push.queue'],
  [{}, { ProgramData: '/programdata' }, '/programdata/hostpulse/exporter/push.queue'],
])('buffer %j %j', (collector, environment, expected) => {
  expect(settingsOf(collector, environment as Record<string, string>).bufferFile).toBe(expected);
});

describe('conflicts are reported before the start', () => {
  const problemsOf = (collector: Readonly<Record<string, unknown>>): string[] =>
    checkPush(load(collector)).map(({ place, expected, got }) => `${place}: expected ${expected}, got ${got}`);

  test('none', () => {
    expect(problemsOf({ labels: { env: 'prod' } })).toEqual([]);
  });

  test.each([
    [
      { labels: { job: 'x' } },
      'collector.labels: expected labels other than job, instance and __*, which identify the host, got "job"',
    ],
    [{ buffer: { max_bytes: '64KiB' } }, 'collector.buffer.max_bytes: expected at least 1MiB, got 65536B'],
    [
      { server_url: 'https://user:pass@gateway.example' },
      'collector.server_url: expected a URL without user and password (use collector.api_key), got a URL with user or password',
    ],
    [
      { server_url: 'https://gateway.example/?a=b' },
      'collector.server_url: expected a URL without query and fragment, got ?a=b',
    ],
    [
      { server_url: 'http://gateway.example', tls: { ca_file: keyFile } },
      'collector.server_url: expected https://, since collector.tls.* is set, got http://',
    ],
    [{ tls: { cert_file: keyFile } }, 'collector.tls: expected cert_file and key_file together, got one of them'],
  ])('%j', (collector, problem) => {
    expect(problemsOf(collector)).toEqual([problem]);
  });

  test('a missing TLS file', () => {
    expect(problemsOf({ tls: { ca_file: '/no/such' } })).toEqual([
      expect.stringMatching(
        /^collector\.tls: expected files that can be read, got collector\.tls\.ca_file: cannot read \/no\/such: ENOENT/,
      ),
    ]);
  });
});
