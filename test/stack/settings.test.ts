/** hostpulse.yml: values, places of faults, and faults between settings. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../common/program/settings/config.ts';
import { parseConfigFile } from '../../common/program/settings/config-file.ts';
import { checkSettings, settings } from '../../stack/settings.ts';
import { binaryPath } from '../support/binaries.ts';

const load = (text: string, flags: Record<string, string> = {}) =>
  loadConfig(settings, {
    program: 'up',
    flags,
    environment: {},
    file: parseConfigFile(text, { file: 'hostpulse.yml', environment: {} }),
  });

describe('values', () => {
  test('every setting of the file', () => {
    const text = `listen: 0.0.0.0:9180
public_url: https://mon.example.com/pulse/
tls: {cert_file: cert.pem, key_file: key.pem, ca_file: ca.pem}
data_dir: /var/lib/hostpulse
retention: {raw: 48h, 1m: 14d, 5m: 90d, size: 10GiB}
time_zone: Europe/Berlin
`;
    expect(load(text)).toEqual({
      listen: { host: '0.0.0.0', port: 9180 },
      publicUrl: 'https://mon.example.com/pulse',
      tls: { kind: 'files', certFile: 'cert.pem', keyFile: 'key.pem', caFile: 'ca.pem' },
      dataDir: '/var/lib/hostpulse',
      portOffset: 0,
      retentionRawMs: 172_800_000,
      retentionMinuteMs: 1_209_600_000,
      retentionFiveMinutesMs: 7_776_000_000,
      retentionBytes: 10 * 2 ** 30,
      timeZone: 'Europe/Berlin',
    });
  });

  test('flags win, and the defaults are the trial', () => {
    expect(load('tls: off', { tls: 'auto' }).tls).toEqual({ kind: 'auto' });
    expect(load('')).toMatchObject({ dataDir: 'data', listen: undefined, tls: { kind: 'off' } });
  });
});

describe('faults name the place and the expectation', () => {
  test.each([
    ['listen: 9180', 'hostpulse.yml:1: listen: expected an address such as :9100'],
    ['tls: yes', 'hostpulse.yml:1: tls: expected off, auto, or a map with cert_file and key_file, got "yes"'],
    [
      'tls:\n  cert: a',
      'hostpulse.yml:2: tls.cert: expected a known key (cert_file, key_file, ca_file), got "cert"; did you mean "cert_file"?',
    ],
    ['tls: {cert_file: a}', 'hostpulse.yml:1: tls: expected key_file beside the other keys'],
    ['tls: {cert_file: a, key_file: 1}', 'hostpulse.yml:1: tls.key_file: expected a path, got 1'],
    [
      'time_zone: Berlin',
      'hostpulse.yml:1: time_zone: expected a time zone such as Europe/Berlin or UTC, got "Berlin"',
    ],
    ['retention: {raw: 1m}', 'hostpulse.yml:1: retention.raw: expected a duration of at least 1h'],
    ['port: 1', 'hostpulse.yml:1: port: expected a known key (data_dir, listen,'],
  ])('%j', (text, message) => {
    expect(() => load(text)).toThrow(message);
  });
});

describe('between settings', () => {
  test.each([
    ['tls: auto\npublic_url: http://a.example.com', 'public_url', 'https://, as tls is on'],
    ['public_url: https://u:p@a.example.com', 'public_url', 'a URL without user, query and fragment'],
    ['listen: 127.0.0.1:0', 'listen', 'a port from 1 to 65535'],
    ['retention: {raw: 8d, 1m: 7d}', 'retention.1m', 'at least retention.raw (8d)'],
    ['retention: {1m: 31d}', 'retention.5m', 'at least retention.1m (31d)'],
  ])('%j', (text, place, expected) => {
    expect(checkSettings(load(text))).toEqual([expect.objectContaining({ place, expected })]);
  });
});

describe('certificate files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-up-tls-'));
  const file = (name: string): string => join(folder, name);
  beforeAll(() => {
    for (const name of ['one', 'two'])
      execFileSync(
        binaryPath('openssl'),
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-subj',
          '/CN=x',
          '-keyout',
          file(`${name}.key`),
          '-out',
          file(`${name}.pem`),
        ],
        { stdio: 'pipe' },
      );
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const check = (cert: string, key: string) =>
    checkSettings(load(`tls: {cert_file: ${file(cert)}, key_file: ${file(key)}}`)).map(({ place }) => place);

  test('a pair is accepted; a foreign key, a missing file and a file of another kind are faults', () => {
    expect(check('one.pem', 'one.key')).toEqual([]);
    expect(check('one.pem', 'two.key')).toEqual(['tls.key_file']);
    expect(check('none.pem', 'one.key')).toEqual(['tls.cert_file']);
    expect(check('one.key', 'one.pem')).toEqual(['tls.cert_file', 'tls.key_file']);
  });
});
