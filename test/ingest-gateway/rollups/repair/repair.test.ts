/** The load of repair on Prometheus: one query at a time, however many repairs run, and a pause after each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { allMetrics } from '../../../../common/catalogue/metrics.ts';
import { createLog } from '../../../../common/program/log.ts';
import { loadConfig } from '../../../../common/program/settings/config.ts';
import { createPrometheusConnection } from '../../../../common/prometheus/connection.ts';
import { openStore, type Store } from '../../../../common/store/open.ts';
import { settings } from '../../../../ingest-gateway/config.ts';
import { createRemoteWriteClient } from '../../../../ingest-gateway/forward/remote-write-client.ts';
import { createPointWriter } from '../../../../ingest-gateway/rollups/repair/recomputed-points.ts';
import { createRepair } from '../../../../ingest-gateway/rollups/repair/repair.ts';
import { catalogueTiers } from '../../../../ingest-gateway/rollups/tier/rollup-tier.ts';
import { createTierParts } from '../../../../ingest-gateway/rollups/tiers.ts';

const nowMs = Date.now();
const seen = { inFlight: 0, most: 0, ranges: 0, paths: new Set<string>() };
/** Answers that every family exists and none has a sample. */
const server = createServer((request, response) => {
  seen.inFlight += 1;
  seen.most = Math.max(seen.most, seen.inFlight);
  const { pathname } = new URL(request.url ?? '', 'http://localhost');
  seen.paths.add(pathname);
  const isRange = pathname === '/api/v1/query_range';
  if (isRange) seen.ranges += 1;
  request.resume().on('end', () => {
    setImmediate(() => {
      const result = isRange ? [] : [{ metric: {}, value: [nowMs / 1_000, String(nowMs / 1_000 - 60)] }];
      const data = pathname.startsWith('/api/v1/label/')
        ? allMetrics.flatMap(({ exportedFamilies }) => exportedFamilies)
        : { resultType: isRange ? 'matrix' : 'vector', result };
      seen.inFlight -= 1;
      response.end(JSON.stringify({ status: 'success', data }));
    });
  });
});
let url: string;
let folder: string;
let store: Store;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-repair-load-'));
  store = await openStore({ path: join(folder, 'hostpulse.db') });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
  server.closeAllConnections();
  server.close();
});

const window = { fromMs: nowMs - 3_600_000, toMs: nowMs - 1_800_000, hosts: ['web-1'] } as const;

test('two repairs at once send one query at a time', async () => {
  const parts = createTierParts({
    config: loadConfig(settings, { program: 'gateway', flags: {}, environment: {} }),
    prometheusUrl: url,
    writeUrl: undefined,
    basicAuth: undefined,
    db: store.db,
    log: createLog({ level: 'error', format: 'logfmt', program: 'gateway' }),
    now: () => nowMs,
    onSweep: () => undefined,
  });
  const looks = parts.tiers.map((tier) => parts.repair.run({ tier, window, rawHorizonMs: 0, mode: 'look' }));
  expect(await Promise.all(looks)).toMatchObject([{ kind: 'done' }, { kind: 'done' }]);
  parts.close();
  expect(seen.most).toBe(1);
  expect([...seen.paths].sort()).toEqual(['/api/v1/label/__name__/values', '/api/v1/query', '/api/v1/query_range']);
});

test('repair pauses after each range query, and passes the duration of the query', async () => {
  const connection = createPrometheusConnection({
    name: 'Prometheus',
    url,
    timeoutMs: 30_000,
    maxConcurrency: 1,
    maxAnswerBytes: 2 ** 20,
  });
  const client = createRemoteWriteClient({ url, maxConcurrency: 1, timeoutMs: 30_000 });
  const rests: number[] = [];
  const repair = createRepair({
    prometheus: connection,
    writer: createPointWriter(client, () => nowMs),
    replacement: { run: () => Promise.reject(new Error('expected no replacement')) },
    now: () => nowMs,
    async rest(elapsedMs) {
      expect(seen.inFlight).toBe(0);
      rests.push(elapsedMs);
    },
  });
  seen.ranges = 0;
  const [tier] = catalogueTiers();
  if (tier === undefined) throw new Error('no tier');
  await repair.run({ tier, window, rawHorizonMs: 0, mode: 'look' });
  expect(seen.ranges).toBe(tier.rollups.length);
  expect(rests).toHaveLength(tier.rollups.length);
  expect(Math.min(...rests)).toBeGreaterThan(0);
  client.close();
  connection.close();
});
