/** The OpenAPI document is valid and complete, and /docs shows it without scripts. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { readVersion } from '../../../../common/program/package.ts';
import { createDocument, type OpenApiDocument } from '../../../../ingest-gateway/api/openapi/document.ts';
import { routes } from '../../../../ingest-gateway/api/routes/index.ts';
import { createApiContract } from '../../../support/api-contract.ts';
import { type RunningGateway, startGateway } from '../../../support/gateway.ts';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

async function read(): Promise<OpenApiDocument> {
  return (await (await gateway.fetch('/api/v1/openapi.json')).json()) as OpenApiDocument;
}

/** Returns the messages of the linter. */
async function lint(document: unknown): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  return problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`);
}

/** An alert's id is a number, so no path has both forms. The linter does not compare the patterns of parameters. */
const distinctById =
  'no-ambiguous-paths #/paths/~1api~1v1~1alerts~1rules~1{id}: Paths should resolve unambiguously. Found two ambiguous paths: `/api/v1/alerts/{id}/ack` and `/api/v1/alerts/rules/{id}`.';

test('the linter has no message, except about paths that the form of an id distinguishes', async () => {
  const document = await read();
  expect(await lint(document)).toEqual([distinctById]);
  const { parameters } = document.paths['/api/v1/alerts/{id}/ack']?.['post'] ?? {};
  const pattern = parameters?.find(({ name }) => name === 'id')?.schema['pattern'];
  expect('rules').not.toMatch(new RegExp(String(pattern)));
  expect('7').toMatch(new RegExp(String(pattern)));
});

test('the linter reports a missing member', async () => {
  const { info: _, ...rest } = await read();
  expect(await lint(rest)).toContainEqual(expect.stringContaining('info'));
});

test('the document has every route, and is made from the routes', async () => {
  const document = await read();
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const listed = routes.flatMap(({ methods, path }) => methods.map((method) => `${method} ${path}`));
  expect(documented.length).toBeGreaterThan(8);
  expect(documented.sort()).toEqual(listed.sort());
  expect(document).toEqual(JSON.parse(JSON.stringify(createDocument(routes, { version: '0.0.0' }))));
  expect(createDocument(routes, { version: readVersion() }).info.version).toMatch(/^\d+\.\d+\.\d+/);
});

describe('the contract check of other tests', () => {
  const asked = { method: 'GET', path: '/api/v1/hosts?host=a' };
  const json = (body: unknown, status = 200, type = 'application/json') =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
  const time = '2026-01-31T12:00:00Z';
  const host = { host: 'a', mode: 'push', up: true };

  test.each([
    ['as documented', json({ time, hosts: [host] }), undefined],
    ['a member too many', json({ time, hosts: [{ ...host, address: 'x' }] }), /additional properties/],
    ['a member missing', json({ time }), /required property 'hosts'/],
    ['another type', json({ time, hosts: [{ ...host, up: 1 }] }), /must be boolean/],
    ['no time', json({ time: 'now', hosts: [] }), /date-time/],
    ['an unknown status', json({}, 418), /418, which the document does not have/],
    ['an error as plain JSON', json({ type: 'about:blank', title: '', status: 400 }, 400), /as application\/json/],
    ['503 without a time', json({}, 503, 'application/problem+json'), /without Retry-After/],
  ])('%s', async (_what, response, complaint) => {
    const checked = createApiContract(createDocument(routes, { version: '0.0.0' })).check(asked, response);
    if (complaint === undefined) await expect(checked).resolves.toBeUndefined();
    else await expect(checked).rejects.toThrow(complaint);
  });
});

test('/docs shows every call, loads only its style sheet, and has no script', async () => {
  const response = await gateway.fetch('/docs');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  const text = await response.text();
  for (const { methods, path } of routes) for (const method of methods) expect(text).toContain(`${method} ${path}`);
  expect(text).toContain('hosts[].values[].metric');
  expect(text).not.toMatch(/<script|<iframe|javascript:| on\w+=|https?:\/\//i);
  const loaded = [...text.matchAll(/(?:src|href)="([^"#]*)"/g)].map(([, url]) => url?.replace(/\?.*/, ''));
  expect(new Set(loaded)).toEqual(new Set(['/', '/api/v1/openapi.json', '/style.css', 'data:,']));
});
