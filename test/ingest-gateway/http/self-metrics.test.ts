/** `/metrics` names hosts only to credentials that may read all hosts. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway();
  const response = await gateway.fetch('/api/v1/metrics/collect', {
    method: 'POST',
    headers: { 'x-api-key': await gateway.createKey({ scopes: ['push'] }), 'content-type': 'application/json' },
    body: JSON.stringify({ host: 'secret-host', metrics: [{ name: 'cpu.usage.total', value: 1 }] }),
  });
  expect(response.status).toBe(202);
});
afterAll(() => gateway.stop());

const ask = (headers: Readonly<Record<string, string>> = {}) => gateway.fetch('/metrics', { headers });

test('without a credential no host is named, other metrics are there', async () => {
  const response = await ask();
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).not.toContain('secret-host');
  expect(text).not.toContain('hostpulse_gateway_host_');
  expect(text).toMatch(/^hostpulse_build_info\{/m);
});

test('a key that may read all hosts gets the series of each host', async () => {
  const text = await (await ask({ authorization: `Bearer ${await gateway.createKey()}` })).text();
  expect(text).toMatch(/^hostpulse_gateway_host_last_push_timestamp_seconds\{host="secret-host"\} \d/m);
  expect(text).toMatch(/^hostpulse_gateway_host_clock_skew_seconds\{host="secret-host"\} /m);
  expect(text).toMatch(/^hostpulse_gateway_host_pending_batches\{host="secret-host"\} /m);
  expect(text).toMatch(/^hostpulse_build_info\{/m);
});

test('a key bound to a host gets the metrics without hosts', async () => {
  const key = await gateway.createKey({ host: 'other-host' });
  const response = await ask({ 'x-api-key': key });
  expect([response.status, (await response.text()).includes('secret-host')]).toEqual([200, false]);
});

test('a wrong key is refused, as is a key that only pushes', async () => {
  expect((await ask({ 'x-api-key': 'wrong' })).status).toBe(401);
  expect((await ask({ 'x-api-key': await gateway.createKey({ scopes: ['push'] }) })).status).toBe(403);
});
