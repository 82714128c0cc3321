/** Exporter, gateway and Prometheus: every sample of the exporter is stored, with every protocol. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CliProcess, startCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';

const folder = mkdtempSync(join(tmpdir(), 'push-gateway-'));
const running: CliProcess[] = [];
let prometheus: TestPrometheus;
let gateway: RunningGateway;

beforeAll(async () => {
  prometheus = createPrometheus({
    port: await freePort(),
    folder: join(folder, 'prometheus'),
    config: { storage: { tsdb: { out_of_order_time_window: '30h' } } },
    flags: ['--web.enable-remote-write-receiver'],
  });
  await prometheus.start();
  gateway = await startGateway({ prometheusUrl: prometheus.url });
});

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await gateway.stop();
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

type Points = readonly (readonly [seconds: number, value: string])[];

async function points(selector: string): Promise<Points> {
  const { result } = (await prometheus.ask(`query?query=${encodeURIComponent(`${selector}[10m]`)}`)) as {
    result: { values: Points }[];
  };
  expect(result.length).toBeLessThanOrEqual(1);
  return result[0]?.values ?? [];
}

test.each(['http', 'remote_write', 'grpc'])('%s', async (protocol) => {
  const host = protocol.replace('_', '-');
  const keyFile = join(folder, `${protocol}.key`);
  const configFile = join(folder, `${protocol}.yml`);
  writeFileSync(
    configFile,
    JSON.stringify({
      collector: {
        interval: '1s',
        server_url: protocol === 'grpc' ? `http://${gateway.grpcAddress}` : gateway.url,
        protocol,
        host,
        labels: { env: 'test' },
        api_key_file: keyFile,
        buffer: { path: join(folder, protocol) },
      },
      web: { listen_address: ['127.0.0.1:0'] },
    }),
  );
  // Starts with a wrong key: no sample is lost until the key is corrected.
  writeFileSync(keyFile, 'hp_wrong');
  const exporter = startCli(['exporter', '--config.file', configFile]);
  running.push(exporter);
  await exporter.said(/reason=unauthorized/);
  writeFileSync(keyFile, await gateway.createKey({ scopes: ['push'], host }));
  exporter.child.kill('SIGHUP');
  await exporter.said(/configuration reloaded/);
  const selector = `node_time_seconds{job="node",instance="${host}",env="test"}`;
  await eventually({ what: 'samples in Prometheus', limitMs: 30_000 }, async () =>
    (await points(selector)).length >= 5 ? true : undefined,
  );
  exporter.child.kill('SIGTERM');
  expect(await exporter.ended).toMatchObject({ code: 0 });
  // The stale markers of the series arrive last.
  await eventually({ what: 'the series has ended', limitMs: 30_000 }, async () => {
    const { result } = (await prometheus.ask(`query?query=${encodeURIComponent(selector)}`)) as { result: unknown[] };
    return result.length === 0 ? true : undefined;
  });
  const stored = await points(selector);
  expect(stored.length).toBeGreaterThanOrEqual(5);
  const times = stored.map(([seconds]) => seconds);
  const gaps = times.slice(1).map((seconds, index) => seconds - (times[index] as number));
  expect(Math.max(...gaps)).toBeLessThan(1.9);
  for (const [seconds, value] of stored) expect(Math.abs(Number(value) - seconds)).toBeLessThan(0.5);
  expect(await points(`node_boot_time_seconds{instance="${host}"}`)).toHaveLength(stored.length);
  expect(await points(`hostpulse_push_rejected_samples_total{instance="${host}"}`)).not.toHaveLength(0);
  const rejected = await points(`hostpulse_push_rejected_samples_total{instance="${host}"}`);
  expect(new Set(rejected.map(([, value]) => value))).toEqual(new Set(['0']));
});
