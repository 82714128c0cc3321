/** A real VictoriaMetrics and vmalert for tests, on separate ports and folders. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binaryPath } from './binaries.ts';
import { createProgram, freePort, type TestProgram } from './process.ts';

export interface TestVictoriaMetrics extends TestProgram {
  readonly url: string;
  /** Makes all written samples visible, which otherwise takes a second. */
  flush(): Promise<void>;
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
    async flush() {
      const { status } = await fetch(`${url}/internal/force_flush`);
      if (status !== 200) throw new Error(`force_flush: status ${status}`);
    },
  };
}

interface Rules {
  readonly url: string;
  readonly file: string;
}

function vmalertFlags({ url, file }: Rules): readonly string[] {
  return [`-rule=${file}`, `-datasource.url=${url}`, `-remoteWrite.url=${url}`, '-datasource.queryStep=0'];
}

/** A vmalert that evaluates the rules in real time. */
export async function createVmalert(rules: Rules): Promise<TestProgram> {
  const port = await freePort();
  return createProgram({
    command: binaryPath('vmalert'),
    args: [...vmalertFlags(rules), '-remoteWrite.flushInterval=200ms', `-httpListenAddr=127.0.0.1:${port}`],
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
