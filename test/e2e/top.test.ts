/**
 * A process that uses the CPU shows by name in `hostpulse top` for its minute, and its use is what procps' `top` measured: of a scraped
 * host and of a pushing one, with a gateway that was down during the minute, after the exporters have lost their records, and on the page.
 */
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hashSync } from 'bcryptjs';
import type { Browser } from 'playwright-core';
import { renderLocalTime } from '../../bin/top/top-time.ts';
import { Secret } from '../../common/program/settings/secret.ts';
import { launchChromium } from '../support/chromium.ts';
import { type CliProcess, startCli } from '../support/cli.ts';
import { openConsole } from '../support/console-page.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';

const hosts = ['scraped', 'pushed'] as const;
const minuteMs = 60_000;
const hogName = 'hp-cpu-hog';
const login = { username: 'prometheus', password: 'scrape-password' };

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-top-'));
const exporters = new Map<(typeof hosts)[number], CliProcess>();
let prometheus: TestPrometheus;
let gateway: RunningGateway;
let browser: Browser;
let env: Record<string, string>;
let scrapedUrl: string;
/** Starts the exporter of a host. */
let start: (host: (typeof hosts)[number]) => Promise<void>;
/** The start of the minute in which the process ran, and the use that `top` printed, in percent of a core. */
let startMs: number;
let measured: number;

/** Runs a shell that only counts, under another name, in the minute that begins next. Returns the use that `top` prints. */
async function useCpuForAMinute(): Promise<{ startMs: number; percent: number }> {
  const program = join(folder, hogName);
  copyFileSync('/bin/sh', program);
  const hog = spawn(program, ['-c', 'while :; do :; done'], { stdio: 'ignore' });
  try {
    const nextMs = Math.ceil((Date.now() + 3_000) / minuteMs) * minuteMs;
    await sleep(nextMs - Date.now());
    const args = ['-b', '-d', '60', '-n', '2', '-p', String(hog.pid)];
    const { stdout } = await promisify(execFile)('top', args, { env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
    const rows = stdout.split('\n').filter((line) => line.trim().startsWith(`${hog.pid} `));
    // PID USER PR NI VIRT RES SHR S %CPU %MEM TIME+ COMMAND; the first row is the use since the start of the process.
    expect(rows).toHaveLength(2);
    return { startMs: nextMs, percent: Number(rows[1]?.trim().split(/\s+/)[8]) };
  } finally {
    hog.kill('SIGKILL');
  }
}

function listenAddress(port: number) {
  return { host: '127.0.0.1', port };
}

beforeAll(async () => {
  const [prometheusPort, scrapedPort, gatewayPort] = [await freePort(), await freePort(), await freePort()];
  scrapedUrl = `http://127.0.0.1:${scrapedPort}`;
  const scrape = {
    job_name: 'node',
    basic_auth: login,
    static_configs: [{ targets: [`127.0.0.1:${scrapedPort}`], labels: { instance: 'scraped' } }],
  };
  prometheus = createPrometheus({
    port: prometheusPort,
    folder: join(folder, 'prometheus'),
    config: {
      global: { scrape_interval: '5s' },
      scrape_configs: [scrape],
      storage: { tsdb: { out_of_order_time_window: '30h' } },
    },
    flags: ['--web.enable-remote-write-receiver'],
  });
  const webConfig = join(folder, 'web.yml');
  writeFileSync(webConfig, JSON.stringify({ basic_auth_users: { [login.username]: hashSync(login.password, 4) } }));
  const keyFile = join(folder, 'push.key');
  writeFileSync(keyFile, 'hp_later');
  const pushFile = join(folder, 'pushed.yml');
  const collector = {
    server_url: `http://127.0.0.1:${gatewayPort}`,
    host: 'pushed',
    api_key_file: keyFile,
    buffer: { path: join(folder, 'buffer') },
  };
  writeFileSync(pushFile, JSON.stringify({ collector, web: { listen_address: ['127.0.0.1:0'] } }));
  const argsOf = {
    scraped: [`--web.listen-address=127.0.0.1:${scrapedPort}`, `--web.config.file=${webConfig}`],
    pushed: ['--config.file', pushFile],
  };
  start = async (host) => {
    const exporter = startCli(['exporter', ...argsOf[host]]);
    exporters.set(host, exporter);
    await exporter.said(/listening/);
  };
  [browser] = await Promise.all([launchChromium(), prometheus.start(), start('scraped'), start('pushed')]);

  ({ startMs, percent: measured } = await useCpuForAMinute());

  // The gateway was down for the whole minute.
  gateway = await startGateway({
    listenAddresses: [listenAddress(gatewayPort)],
    prometheusUrl: prometheus.url,
    topScrapeUser: login.username,
    topScrapePassword: new Secret(login.password),
  });
  env = { HOSTPULSE_GATEWAY_URL: gateway.url, HOSTPULSE_API_KEY: await gateway.createKey() };
  writeFileSync(keyFile, await gateway.createKey({ scopes: ['push'], host: 'pushed' }));
  exporters.get('pushed')?.child.kill('SIGHUP');
  for (const host of hosts)
    await eventually({ what: `the record of ${host}`, limitMs: 90_000, pollMs: 1_000 }, async () => {
      const answer = await gateway.get(`/api/v1/top?host=${host}&at=${startMs}`);
      const { record } = (await answer.json()) as { record?: object };
      return record === undefined ? undefined : true;
    });
}, 300_000);

afterAll(async () => {
  for (const { child } of exporters.values()) child.kill('SIGKILL');
  await browser.close();
  await gateway.stop();
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function top(host: string, at: string) {
  const { code, stdout, stderr } = await startCli(['top', host, '--at', at], { env }).ended;
  return { code, stderr, lines: stdout.split('\n') };
}

test('the exporter shows the records of the minute with the login of /metrics', async () => {
  const url = `${scrapedUrl}/api/top?at=${startMs / 1_000 + 30}`;
  const Authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  expect((await fetch(url)).status).toBe(401);
  const answer = (await (await fetch(url, { headers: { Authorization } })).json()) as {
    from: string;
    to: string;
    processes: { name: string; cpu_cores: number }[];
  };
  expect(Date.parse(answer.to) - Date.parse(answer.from)).toBeLessThan(10_000);
  expect(answer.processes.find(({ name }) => name === hogName)?.cpu_cores).toBeGreaterThan(0.1);
});

test.each(hosts)(
  '%s: the process has the use that top measured, also after the exporter has lost its records',
  async (host) => {
    const exporter = exporters.get(host);
    exporter?.child.kill('SIGKILL');
    await exporter?.ended;
    await start(host);
    const { code, lines, stderr } = await top(host, renderLocalTime(startMs).slice(11, 16));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines[0]).toMatch(new RegExp(`^${host}, .* to .*, by CPU$`));
    const row = lines.find((line) => line.includes(` ${hogName} `)) ?? '';
    const percent = Number(/ ([\d.]+) % /.exec(row)?.[1]);
    expect(measured).toBeGreaterThan(10);
    expect(Math.abs(percent - measured) / measured).toBeLessThan(0.05);
  },
);

test.each(hosts)('%s: a time before the records has none, and the answer says which times have one', async (host) => {
  const { code, stderr } = await top(host, new Date(startMs - 3_600_000).toISOString());
  expect(code).toBe(1);
  expect(stderr).toMatch(/there is no record of the processes of \w+ at .*; there are records from /);
});

test('the dashboard of the host shows the process, and follows the cursor', async () => {
  const console_ = await openConsole({
    browser,
    url: gateway.url,
    key: await gateway.createKey(),
    nowMs: startMs + minuteMs,
    size: { width: 1_400, height: 2_000 },
  });
  try {
    const { page } = console_;
    const range = `from=${startMs - minuteMs}&to=${startMs + minuteMs - 10_000}`;
    await console_.open(`/d/hostpulse-host?var-instance=pushed&${range}`);
    const strip = page.getByRole('group', { name: 'Processes by CPU' });
    await strip.getByText(hogName).waitFor();
    expect(await strip.innerText()).toContain(`Processes ${new Date(startMs).toISOString().slice(11, 18)}`);
    await console_.screenshot('host-processes');
    // A point of the minute before.
    const chart = page.getByRole('region', { name: 'CPU usage' }).locator('.u-over');
    const { width = 0, height = 0 } = (await chart.boundingBox()) ?? {};
    await chart.hover({ position: { x: width * 0.4, y: height / 2 } });
    await strip
      .getByText(new RegExp(`^(?:Processes ${new Date(startMs - minuteMs).toISOString().slice(11, 16)}|No record at )`))
      .waitFor();
    await page.mouse.move(0, 0);
    await strip.getByText(hogName).waitFor();
    await console_.open(`/d/hostpulse-host?var-instance=pushed&from=${startMs - 7_200_000}&to=${startMs - 3_600_000}`);
    await page
      .getByRole('group', { name: 'Processes by memory' })
      .getByText(/^No record at .*; records are from /)
      .waitFor();
    expect(await console_.inaccessible()).toEqual([]);
    expect(console_.faults()).toEqual([]);
  } finally {
    await console_.close();
  }
}, 120_000);
