/** The files of the page: encodings, caching of hashed names, and no access to other files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { secureHeaders } from '../../../ingest-gateway/api/request-pipeline.ts';
import { consoleRoutes } from '../../../ingest-gateway/web/console.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-console-'));
const script = 'export const answer = 42;\n'.repeat(100);
const shell = '<!doctype html><title>page</title>';
let server: Server;

beforeAll(async () => {
  mkdirSync(join(folder, 'built', 'assets'), { recursive: true });
  for (const [name, text] of [
    ['index.html', shell],
    ['assets/index-a1B2.js', script],
  ] as const) {
    const file = join(folder, 'built', name);
    writeFileSync(file, text);
    writeFileSync(`${file}.br`, brotliCompressSync(text));
    writeFileSync(`${file}.gz`, gzipSync(text));
  }
  const app = express().use(secureHeaders());
  app.use('/none', consoleRoutes(join(folder, 'none')));
  app.use(consoleRoutes(join(folder, 'built')));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** Returns the raw bytes, which fetch would decompress. */
async function open(path: string, encodings = 'identity'): Promise<{ response: IncomingMessage; body: Buffer }> {
  const { port } = server.address() as AddressInfo;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, path, host: '127.0.0.1', headers: { 'accept-encoding': encodings } }, resolve).on('error', reject);
  });
  return { response, body: await buffer(response) };
}

describe('the shell', () => {
  test.each([
    '/',
    '/d/cpu',
    '/d/cpu/',
    '/hosts/web-1',
    '/alerts',
    '/alerts/7',
    '/silences/new?filter=x',
    '/rules',
    '/graph',
  ])('is at %s', async (path) => {
    const { response, body } = await open(path);
    expect([response.statusCode, String(body)]).toEqual([200, shell]);
    expect(response.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    });
  });

  test.each([
    ['/', ['/page/session', '/page/dashboards']],
    ['/alerts/7', ['/page/session', '/page/dashboards']],
    ['/d/host-cpu?from=now-1h', ['/page/session', '/page/dashboards', '/page/dashboards/host-cpu']],
    ['/d/a%3E%3B', ['/page/session', '/page/dashboards']],
  ])('%s tells what is asked first', async (path, asked) => {
    const { link } = (await open(path)).response.headers;
    expect(link).toBe(asked.map((each) => `<${each}>; rel=preload; as=fetch; crossorigin`).join(', '));
  });

  test.each([
    '/dashboard',
    '/d.html',
    '/index.html',
    '/alertsx',
    '/assets/',
    '/assets/none.js',
    '/assets/..%2Findex.html',
  ])('is not at %s', async (path) => expect((await open(path)).response.statusCode).toBe(404));

  test('may load only its own files', async () => {
    const policy = (await open('/')).response.headers['content-security-policy'];
    expect(policy).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
  });

  test('explains how to build the page if it was not built', async () => {
    const { response, body } = await open('/none/d/cpu');
    expect([response.statusCode, String(body)]).toEqual([503, expect.stringContaining('npm run build')]);
  });
});

describe('an asset', () => {
  const path = '/assets/index-a1B2.js';

  test.each([
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['br;q=0, gzip', 'gzip', gunzipSync],
  ])('for %s comes as %s', async (accepted, encoding, unpack) => {
    const { response, body } = await open(path, accepted);
    expect(response.headers).toMatchObject({
      'content-encoding': encoding,
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    });
    expect(String(unpack(body))).toBe(script);
  });

  test('is sent uncompressed to clients without compression', async () => {
    const { response, body } = await open(path);
    expect([response.headers['content-encoding'], String(body)]).toEqual([undefined, script]);
  });
});
