/**
 * A backend with tenants: a server that, like Mimir, refuses every request without X-Scope-OrgID, in front of a real Prometheus.
 * Every request of gateway, command line and relay carries the configured headers.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createConnections } from '../../alert-relay/connections.ts';
import { relay } from '../../alert-relay/main.ts';
import { createLog } from '../../common/program/log.ts';
import { loadConfig } from '../../common/program/settings/config.ts';
import { parseConfigFile } from '../../common/program/settings/config-file.ts';
import { queryInstant } from '../../common/prometheus/query.ts';
import { type GatewayConfig, settings } from '../../ingest-gateway/config.ts';
import { deleteSeries } from '../../ingest-gateway/prometheus/admin.ts';
import { createTierParts } from '../../ingest-gateway/rollups/tiers.ts';
import { runCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type RuleStack, startRuleStack } from '../support/rule-stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenant-headers-'));
const tenantFile = join(folder, 'tenant');
const requests: { readonly path: string; readonly tenant: string | undefined; readonly extra: string | undefined }[] =
  [];

let stack: RuleStack;
let proxy: Server;
let proxyUrl = '';
let prometheusUrl = '';

/** Forwards to Prometheus what has a tenant. */
function startProxy(): Promise<void> {
  proxy = createServer((incoming, response) => {
    const { 'x-scope-orgid': tenant, 'x-extra': extra } = incoming.headers;
    requests.push({ path: incoming.url?.replace(/\?.*/, '') ?? '', tenant: tenant as string, extra: extra as string });
    if (tenant !== 'team-a') return void response.writeHead(401).end('no org id');
    const { method, url, headers } = incoming;
    const forwarded = request(`${prometheusUrl}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.writeHead(502).end());
    incoming.pipe(forwarded);
  });
  return new Promise((resolve) => {
    proxy.listen(0, '127.0.0.1', () => {
      proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      resolve();
    });
  });
}

const headersYaml = `{X-Scope-OrgID: {file: ${tenantFile}}, X-Extra: more}`;

function configOf(text: string): GatewayConfig {
  const file = parseConfigFile(text, { file: 'gateway.yml', environment: {} });
  return loadConfig(settings, { program: 'gateway', flags: {}, environment: {}, file });
}

beforeAll(async () => {
  writeFileSync(tenantFile, 'team-a\n');
  await startProxy();
  const { prometheusHeaders } = configOf(`prometheus: {headers: ${headersYaml}}`);
  stack = await startRuleStack({ prometheusUrl: proxyUrl, prometheusHeaders });
  prometheusUrl = stack.prometheus.url;
}, 120_000);

afterAll(async () => {
  await stack.stop();
  proxy.closeAllConnections();
  proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

test('queries, rules and pushes of the gateway pass', async () => {
  await eventually({ what: 'the condition is scraped', limitMs: 30_000, pollMs: 100 }, async () => {
    const { status, body } = await stack.ask('/query?query=test_condition');
    return status === 200 && JSON.stringify(body).includes('"a"') ? true : undefined;
  });
  const rule = { name: 'Tenant', expr: 'test_condition', operator: '>', threshold: 5, severity: 'warning' };
  expect(await stack.ask('/alerts/rules', { method: 'POST', body: rule })).toMatchObject({ status: 201 });
  const key = await stack.gateway.createKey({ scopes: ['push'] });
  const pushed = await stack.gateway.fetch('/api/v1/metrics/collect', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      host: 'pushed',
      metrics: [{ name: 'cpu.load.average.1m', value: 3, timestamp: Date.now() }],
    }),
  });
  expect(pushed.status).toBe(202);
  await eventually({ what: 'the remote write', limitMs: 30_000, pollMs: 100 }, async () =>
    requests.some(({ path }) => path === '/api/v1/write') ? true : undefined,
  );
});

test('the command line reads the headers from the file', async () => {
  const configFile = join(folder, 'gateway.yml');
  writeFileSync(
    configFile,
    `prometheus: {url: ${proxyUrl}, headers: ${headersYaml}}\ndatabase: {path: ${stack.databasePath}}\n`,
  );
  const before = requests.length;
  expect(await runCli(['tiers', 'status', '--config.file', configFile])).toMatchObject({ code: 0, stderr: '' });
  expect(requests.length).toBeGreaterThan(before);
  const printed = await runCli(['gateway', '--print-config', '--config.file', configFile]);
  expect(printed.stdout).toContain('X-Scope-OrgID: <secret>');
  expect(printed.stdout).not.toContain('team-a');
});

test('deletions of the retention pass', async () => {
  const config = configOf(`prometheus: {url: ${proxyUrl}, headers: ${headersYaml}}`);
  const parts = createTierParts({
    config,
    prometheusUrl: proxyUrl,
    writeUrl: undefined,
    basicAuth: undefined,
    db: stack.gateway.store.db,
    log: createLog({ level: 'error', format: 'logfmt', program: 'test' }),
    now: Date.now,
    onSweep: () => undefined,
  });
  // This Prometheus has no admin API: its refusal shows that the request passed the tenant check.
  await expect(deleteSeries(parts.prometheus, { selectors: ['absent'], startMs: 0, endMs: 1 })).rejects.toThrow(
    /admin/i,
  );
  parts.close();
});

test('the relay sends them too', async () => {
  const file = parseConfigFile(`prometheus: {url: ${proxyUrl}, headers: ${headersYaml}}\n`, {
    file: 'relay.yml',
    environment: {},
  });
  const config = loadConfig(relay.settings, { program: 'relay', flags: {}, environment: {}, file });
  const connections = createConnections(config);
  if (connections.prometheus === undefined) throw new Error('no connection to Prometheus');
  const samples = await queryInstant(connections.prometheus, { expression: 'vector(1)', timeMs: Date.now() });
  expect(samples).toHaveLength(1);
  connections.close();
});

test('no request came without the headers', () => {
  const paths = new Set(requests.map(({ path }) => path));
  for (const path of [
    '/api/v1/query',
    '/api/v1/rules',
    '/-/reload',
    '/api/v1/write',
    '/api/v1/admin/tsdb/delete_series',
  ])
    expect(paths).toContain(path);
  expect(requests.filter(({ tenant, extra }) => tenant !== 'team-a' || extra !== 'more')).toEqual([]);
});
