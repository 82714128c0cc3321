/** The line for the shell of a new host. */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { lineWarnings, quote, renderInstallLine } from '../../../ingest-gateway/enrollment/install-line.ts';

test('a public certificate needs no pin', () => {
  expect(renderInstallLine({ url: 'https://mon.example.com/pulse' }, 'hpe_x')).toBe(
    'curl -fsSL https://mon.example.com/pulse/install | sudo sh -s -- hpe_x',
  );
});

test("a certificate of the server's own CA is pinned, and no redirect is followed", () => {
  const ca = { pem: '', fingerprint: '', pin: 'AbC/+=' };
  expect(renderInstallLine({ url: 'https://192.0.2.1:9180', ca }, '--uninstall')).toBe(
    "curl -fsSk --pinnedpubkey 'sha256//AbC/+=' https://192.0.2.1:9180/install | sudo sh -s -- --uninstall",
  );
});

test.each(["it's", '$(reboot)', 'a b', '`x`', 'https://[::1]:9180', 'plain-1.2_3'])('a shell reads %j back', (text) => {
  expect(execFileSync('sh', ['-c', `printf %s ${quote(text)}`], { encoding: 'utf8' })).toBe(text);
});

test.each([
  ['http://127.0.0.1:9180', /loopback/],
  ['https://localhost:9180', /loopback/],
  ['http://mon.example.com', /Without TLS/],
])('%s has a warning', (url, words) => {
  expect(lineWarnings({ url })).toEqual([expect.stringMatching(words)]);
});

test('a server with TLS has none', () => {
  expect(lineWarnings({ url: 'https://mon.example.com' })).toEqual([]);
});
