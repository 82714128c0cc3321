/** Runs a real VictoriaMetrics and vmalert for tests, on separate ports and folders. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binaryPath } from './binaries.ts';
import { createProgram, freePort, type TestProgram } from './process.ts';
import { seriesKey } from './pushes.ts';

export interface TestVictoriaMetrics extends TestProgram {
  readonly url: string;
  /** Makes all written samples visible, which otherwise takes a second. */
  flush(): Promise<void>;
  /** Returns the samples since `startMs` of the series that the label matchers select, by series as `seriesKey` writes it. */
  exportSamples(
    matchers: string,
    startMs: number,
  ): Promise<ReadonlyMap<string, readonly (readonly [number, number])[]>>;
}

export interface VictoriaMetricsSpec {
  /** A port from `freePort`. */
  readonly port: number;
  readonly folder: string;
}

/** Returns a VictoriaMetrics that is ready to start, with the flags of docs/scaling.md. */
export function createVictoriaMetrics({ port, folder }: VictoriaMetricsSpec): TestVictoriaMetrics {
  const url = `http://127.0.0.1:${port}`;
  const program = createProgram({
    command: binaryPath('victoria-metrics'),
    args: [
      `-storageDataPath=${join(folder, 'data')}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=2',
      '-dedup.minScrapeInterval=1ms',
      '-search.latencyOffset=0s',
    ],
    readyUrl: `${url}/health`,
  });
  return {
    ...program,
    url,
    async exportSamples(matchers, startMs) {
      // VictoriaMetrics caches the series of a selector for some seconds. A unique matcher, which every series satisfies, finds new series.
      const selector = `{${matchers},export!="${randomUUID()}"}`;
      const query = new URLSearchParams({ 'match[]': selector, start: String(startMs / 1_000) });
      const response = await fetch(`${url}/api/v1/export?${query.toString()}`);
      const text = await response.text();
      if (!response.ok) throw new Error(`export of ${selector}: status ${response.status}: ${text}`);
      return parseExport(text);
    },
    async flush() {
      const { status } = await fetch(`${url}/internal/force_flush`);
      if (status !== 200) throw new Error(`force_flush: status ${status}`);
    },
  };
}

/** Parses the lines of an export. A series can have several lines, because VictoriaMetrics can index a series twice. */
function parseExport(text: string): ReadonlyMap<string, readonly (readonly [number, number])[]> {
  const found = new Map<string, (readonly [number, number])[]>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    // VictoriaMetrics 1.79 does not quote infinities and NaN.
    const json = line.replace(/(?<=[[,])([+-]?Inf|NaN)(?=[\],])/g, '"$1"');
    const { metric, values, timestamps } = JSON.parse(json) as {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (number | string)[];
      readonly timestamps: readonly number[];
    };
    const points = timestamps.map((timeMs, at) => [timeMs, parseValue(values[at])] as const);
    found.set(seriesKey(metric), [...(found.get(seriesKey(metric)) ?? []), ...points]);
  }
  return found;
}

/** Parses a value of an export. VictoriaMetrics writes an infinity as `Infinity`, `+Inf` or `Inf`, depending on the version. */
function parseValue(value: number | string | undefined): number {
  return Number(String(value).replace(/^([+-]?)Inf$/, '$1Infinity'));
}

interface Rules {
  readonly url: string;
  readonly file: string;
}

function vmalertFlags({ url, file }: Rules): readonly string[] {
  return [`-rule=${file}`, `-datasource.url=${url}`, `-remoteWrite.url=${url}`, '-datasource.queryStep=0'];
}

/** Returns a vmalert that is ready to start and evaluates the rules in real time. By default, results are stored after 200 ms. */
export async function createVmalert({
  flags = ['-remoteWrite.flushInterval=200ms'],
  ...rules
}: Rules & { readonly flags?: readonly string[] }): Promise<TestProgram> {
  const port = await freePort();
  return createProgram({
    command: binaryPath('vmalert'),
    args: [...vmalertFlags(rules), ...flags, `-httpListenAddr=127.0.0.1:${port}`],
    readyUrl: `http://127.0.0.1:${port}/health`,
  });
}

/** Records the rules for a past time range with vmalert's replay, to the second. */
export async function replayRules({
  fromMs,
  toMs,
  ...rules
}: Rules & { readonly fromMs: number; readonly toMs: number }): Promise<void> {
  const time = (timeMs: number): string => `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
  const args = [
    ...vmalertFlags(rules),
    `-replay.timeFrom=${time(fromMs)}`,
    `-replay.timeTo=${time(toMs)}`,
    '-replay.rulesDelay=0s',
    '-replay.disableProgressBar',
    `-httpListenAddr=127.0.0.1:${await freePort()}`,
  ];
  await promisify(execFile)(binaryPath('vmalert'), args);
}
