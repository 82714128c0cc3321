/** Silence requests that never reach Alertmanager: invalid bodies, matchers as text, an unreachable Alertmanager. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { matchersText } from '../../../ingest-gateway/schema/label-matcher.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { expectGolden } from '../../support/golden.ts';

const folder = join(import.meta.dirname, '../../cases/silence-faults');
let gateway: RunningGateway;
let headers: Readonly<Record<string, string>>;

beforeAll(async () => {
  gateway = await startGateway();
  headers = {
    authorization: `Bearer ${await gateway.createKey({ scopes: ['admin'] })}`,
    'content-type': 'application/json',
  };
});
afterAll(() => gateway.stop());

const post = (body: string, more: Readonly<Record<string, string>> = {}): Promise<Response> =>
  gateway.fetch('/api/v1/silences', { method: 'POST', headers: { ...headers, ...more }, body });

test.each(readdirSync(folder))('invalid body: %s', async (name) => {
  const response = await post(readFileSync(join(folder, name, 'input.json'), 'utf8'));
  expect(response.status).toBe(400);
  const { title, errors } = (await response.json()) as { title: string; errors: readonly unknown[] };
  expect(title).toBe('the body is not valid');
  expectGolden(join(folder, name, 'expected.json'), `${JSON.stringify(errors, undefined, 2)}\n`);
});

test('a body that is not JSON, has another type, or is too long', async () => {
  expect((await post('{')).status).toBe(400);
  expect((await post('a=b', { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post(JSON.stringify({ comment: 'x'.repeat(300_000) }))).status).toBe(413);
});

test('an unreachable Alertmanager: 503 with Retry-After', async () => {
  const response = await post(JSON.stringify({ filter: 'a=b', duration: 60, comment: 'a' }));
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await response.json()).toMatchObject({ title: 'Alertmanager cannot be reached (ECONNREFUSED)' });
});

test('an invalid id, and methods that a path does not have', async () => {
  expect((await gateway.get('/api/v1/silences/7')).status).toBe(400);
  const put = await gateway.fetch('/api/v1/silences', { method: 'PUT', headers });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
});

test.each(['', '{}', 'a', '=b', 'a="b', 'a="b" c="d"', ',a=b', 'a="b",,c="d"'])('not %s', (text) => {
  expect(matchersText('a matcher').safeParse(text).success).toBe(false);
});
