/** The gateway's web configuration of each kind of TLS. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readWebState } from '../../../common/http/web-config/web-state.ts';
import { dataDirectory } from '../../../stack/data/data-directory.ts';
import { prepareTls, tryCaFile } from '../../../stack/tls/prepare-tls.ts';
import type { TlsChoice } from '../../../stack/tls/tls-choice.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-prepare-tls-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const prepare = (tls: TlsChoice) =>
  prepareTls({ tls, directory: dataDirectory(folder), names: () => ['vm', 'mon.example.com'] }, createRecordingLog());

test('off writes nothing', async () => {
  expect(await prepare({ kind: 'off' })).toBeUndefined();
});

test('auto writes a configuration that the gateway accepts, with a certificate for the public name', async () => {
  const facts = await prepare({ kind: 'auto' });
  const { tls } = dataDirectory(folder);
  expect(facts?.fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(readWebState(tls.webConfig).tls?.context.cert).toContain('BEGIN CERTIFICATE');
  expect(tryCaFile({ kind: 'auto' }, { tls })).toBe(join(folder, 'tls', 'ca.pem'));
});

test('own files are named by absolute paths', async () => {
  const own: TlsChoice = { kind: 'files', certFile: 'certs/a.pem', keyFile: '/etc/key.pem' };
  expect(await prepare(own)).toEqual({});
  expect(JSON.parse(readFileSync(dataDirectory(folder).tls.webConfig, 'utf8'))).toEqual({
    tls_server_config: { cert_file: join(process.cwd(), 'certs/a.pem'), key_file: '/etc/key.pem' },
  });
});
