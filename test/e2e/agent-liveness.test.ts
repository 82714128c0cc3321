/** Hosts behind real scraping agents, Prometheus in agent mode and vmagent: `up` becomes 0 after three scrape intervals of a killed agent. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { binaryPath } from '../support/binaries.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { createProgram, freePort, type TestProgram } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { readStored, seriesKey } from '../support/pushes.ts';

const scrapeIntervalMs = 2_000;
/** `up` is written on this grid, and a push may be known this much later. */
const upIntervalMs = 5_000;
/** Prometheus' agent sends a batch at the latest after 5 s. */
const batchMs = 5_000;

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-agents-'));
const target = createServer((_request, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4');
  response.end('# TYPE node_load1 gauge\nnode_load1 1\n');
});
const agents: TestProgram[] = [];
let prometheus: TestPrometheus;
let gateway: RunningGateway;
let targetAddress: string;

beforeAll(async () => {
  prometheus = createPrometheus({
    port: await freePort(),
    folder: join(folder, 'prometheus'),
    config: { storage: { tsdb: { out_of_order_time_window: '30h' } } },
    flags: ['--web.enable-remote-write-receiver'],
  });
  const port = await freePort();
  await new Promise<void>((resolve) => target.listen(port, '127.0.0.1', resolve));
  targetAddress = `127.0.0.1:${port}`;
  await prometheus.start();
  gateway = await startGateway({ prometheusUrl: prometheus.url });
}, 60_000);

afterAll(async () => {
  for (const agent of agents) await agent.stop('SIGKILL');
  await gateway.stop();
  await prometheus.stop('SIGKILL');
  target.close();
  rmSync(folder, { recursive: true });
});

type StartAgent = (options: {
  readonly folder: string;
  readonly config: object;
  readonly key: string;
}) => Promise<TestProgram>;

/** Prometheus 3 has a flag for agent mode, which was a feature before. */
const prometheusAgent: StartAgent = async ({ folder: own, config, key }) => {
  const file = join(own, 'agent.yml');
  const remote = { url: `${gateway.url}/api/v1/write`, authorization: { credentials: key } };
  writeFileSync(file, JSON.stringify({ ...config, remote_write: [remote] }));
  const url = `http://127.0.0.1:${await freePort()}`;
  const command = binaryPath('prometheus');
  const version = spawnSync(command, ['--version'], { encoding: 'utf8' });
  const mode = /version 2\./.test(version.stdout + version.stderr) ? '--enable-feature=agent' : '--agent';
  const args = [mode, `--config.file=${file}`, `--storage.agent.path=${join(own, 'data')}`];
  return createProgram({
    command,
    args: [...args, `--web.listen-address=${url.slice(7)}`],
    readyUrl: `${url}/-/ready`,
  });
};

const vmagent: StartAgent = async ({ folder: own, config, key }) => {
  const file = join(own, 'scrape.yml');
  writeFileSync(file, JSON.stringify(config));
  const url = `http://127.0.0.1:${await freePort()}`;
  return createProgram({
    command: binaryPath('vmagent'),
    args: [
      `-promscrape.config=${file}`,
      `-remoteWrite.url=${gateway.url}/api/v1/write`,
      `-remoteWrite.bearerToken=${key}`,
      `-remoteWrite.tmpDataPath=${join(own, 'data')}`,
      `-httpListenAddr=${url.slice(7)}`,
    ],
    readyUrl: `${url}/health`,
  });
};

test.each([
  ['a Prometheus agent', 'behind-prometheus', prometheusAgent],
  ['vmagent', 'behind-vmagent', vmagent],
])(
  'behind %s',
  async (_name, host, createAgent) => {
    const own = join(folder, host);
    mkdirSync(own);
    const config = {
      global: { scrape_interval: `${scrapeIntervalMs}ms` },
      scrape_configs: [
        { job_name: 'node', static_configs: [{ targets: [targetAddress], labels: { instance: host, env: 'prod' } }] },
      ],
    };
    const key = await gateway.createKey({ scopes: ['push'] });
    const agent = await createAgent({ folder: own, config, key });
    agents.push(agent);
    const beganMs = Date.now();
    await agent.start();

    const name = seriesKey({ __name__: 'up', instance: host, job: 'node', env: 'prod' });
    const pointsOfUp = async () =>
      (await readStored(prometheus, `up{instance="${host}"}`, [beganMs, Date.now() + upIntervalMs])).get(name) ?? [];
    await eventually({ what: `up of ${host} comes from the agent`, limitMs: 60_000 }, async () =>
      (await pointsOfUp()).length >= 8 ? true : undefined,
    );
    expect((await pointsOfUp()).every(([, value]) => value === 1)).toBe(true);
    await agent.stop('SIGKILL');

    const firstDownMs = await eventually(
      { what: `up of ${host} is 0`, limitMs: 60_000 },
      async () => (await pointsOfUp()).find(([, value]) => value === 0)?.[0],
    );
    const lastMs = (await pointsOfUp()).findLast(([, value]) => value === 1)?.[0] ?? 0;
    expect(firstDownMs - lastMs).toBeGreaterThan(2 * scrapeIntervalMs);
    expect(firstDownMs - lastMs).toBeLessThanOrEqual(3 * Math.max(scrapeIntervalMs, batchMs) + batchMs + upIntervalMs);
    const { hosts } = (await (await gateway.get('/api/v1/hosts')).json()) as {
      readonly hosts: readonly { readonly host: string }[];
    };
    expect(hosts.find((each) => each.host === host)).toMatchObject({ mode: 'push', up: false });
    // The agent's samples of the host end with it, so that no panel shows a frozen value.
    const load = (await prometheus.ask(`query?query=${encodeURIComponent(`node_load1{instance="${host}"}`)}`)) as {
      readonly result: readonly unknown[];
    };
    expect(load.result).toEqual([]);
  },
  150_000,
);
