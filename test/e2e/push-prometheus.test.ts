/** Remote write directly into a real Prometheus: exact samples through an outage, a reload and a stop of the exporter. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWriteRequestWriter, encodeLabels } from '../../common/remote-write/encode.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import { type CliProcess, startCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';

const folder = mkdtempSync(join(tmpdir(), 'push-prometheus-'));
const configFile = join(folder, 'exporter.yml');
let prometheus: TestPrometheus;
let exporter: CliProcess | undefined;

beforeAll(async () => {
  prometheus = createPrometheus({
    port: await freePort(),
    folder: join(folder, 'prometheus'),
    config: { global: { scrape_interval: '5s' } },
    flags: ['--web.enable-remote-write-receiver'],
  });
  await prometheus.start();
});

afterAll(async () => {
  exporter?.child.kill('SIGKILL');
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

type Points = readonly (readonly [seconds: number, value: string])[];

/** Returns the raw points of the only series that matches. */
async function points(selector: string): Promise<Points> {
  const query = encodeURIComponent(`${selector}[10m]`);
  const { result } = (await prometheus.ask(`query?query=${query}`)) as { result: { values: Points }[] };
  expect(result.length).toBeLessThanOrEqual(1);
  return result[0]?.values ?? [];
}

function configure(collector: Readonly<Record<string, unknown>> = {}): void {
  writeFileSync(
    configFile,
    JSON.stringify({
      collector: {
        interval: '1s',
        server_url: prometheus.url,
        protocol: 'remote_write',
        host: 'web-1',
        labels: { env: 'test' },
        buffer: { path: join(folder, 'buffer') },
        ...collector,
      },
      web: { listen_address: ['127.0.0.1:0'] },
    }),
  );
}

test('Prometheus reads the samples that the writer encodes', async () => {
  const writer = createWriteRequestWriter();
  const values = [1 / 3, 2 ** 60 + 256, -0, 1e-300, Infinity, null];
  const nowMs = Date.now() - 10_000;
  const times = values.map((_, index) => nowMs + index * 1_000);
  writer.add(encodeLabels('written', { zone: 'a "b" \\ c\n', empty: '', Upper: 'é' }), times, values);
  const response = await fetch(`${prometheus.url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-protobuf',
      'Content-Encoding': 'snappy',
      'X-Prometheus-Remote-Write-Version': '0.1.0',
    },
    body: Buffer.from(compressBlock(writer.finish())),
  });
  expect([response.status, await response.text()]).toEqual([204, '']);
  const { result } = (await prometheus.ask('query?query=written[1m]')) as {
    result: { metric: object; values: Points }[];
  };
  expect(result).toHaveLength(1);
  expect(result[0]?.metric).toEqual({ __name__: 'written', zone: 'a "b" \\ c\n', Upper: 'é' });
  // The stale marker ends the series; a range query does not show it.
  expect(
    result[0]?.values.map(([seconds, text]) => [Math.round(seconds * 1_000), Number(text.replace('Inf', 'Infinity'))]),
  ).toEqual(times.slice(0, 5).map((time, index) => [time, values[index]]));
  expect(await prometheus.ask('query?query=written')).toMatchObject({ result: [] });
});

test('pushes through an outage, a bad and a good reload, and a stop', async () => {
  configure();
  exporter = startCli(['exporter', '--config.file', configFile]);
  await exporter.said(/msg=pushing/);
  const selector = 'node_time_seconds{job="node",instance="web-1",env="test"}';
  await eventually({ what: 'samples in Prometheus', limitMs: 20_000 }, async () =>
    (await points(selector)).length >= 3 ? true : undefined,
  );

  await prometheus.stop('SIGKILL');
  await exporter.said(/a push failed/);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await prometheus.start();
  await exporter.said(/pushing works again/);

  configure({ interval: 'soon' });
  exporter.child.kill('SIGHUP');
  await exporter.said(
    /reload failed; the previous configuration stays in force.*|.*collector\.interval.*expected a duration/,
  );
  const before = (await points(selector)).length;
  await eventually({ what: 'samples after a bad reload', limitMs: 20_000 }, async () =>
    (await points(selector)).length > before + 1 ? true : undefined,
  );

  configure({ labels: { env: 'test', reloaded: 'yes' } });
  exporter.child.kill('SIGHUP');
  await exporter.said(/configuration reloaded/);
  await eventually({ what: 'samples with the new label', limitMs: 20_000 }, async () =>
    (await points('node_time_seconds{reloaded="yes"}')).length >= 2 ? true : undefined,
  );

  const current = (await prometheus.ask('query?query=node_time_seconds')) as { result: unknown[] };
  expect(current.result).toHaveLength(1); // the series without the label ended

  exporter.child.kill('SIGTERM');
  expect(await exporter.ended).toMatchObject({ code: 0 });
  const old = await points('node_time_seconds{reloaded=""}');
  const reloaded = await points('node_time_seconds{reloaded="yes"}');
  const all = [...old, ...reloaded].map(([seconds]) => Math.round(seconds * 1_000));
  const gaps = all.slice(1).map((time, index) => time - (all[index] as number));
  expect(all.length).toBeGreaterThan(10);
  // No sample is missing over the outage and the reloads; late samples have their true timestamps.
  expect(Math.max(...gaps)).toBeLessThan(1_900);
  for (const [seconds, value] of [...old, ...reloaded]) expect(Math.abs(Number(value) - seconds)).toBeLessThan(0.5);
  expect(await prometheus.ask(`query?query=${encodeURIComponent('node_time_seconds{reloaded="yes"}')}`)).toMatchObject({
    result: [],
  });
});
