/** A real VictoriaMetrics and its vmalert for tests, on ports and in folders of their own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binaryPath } from './binaries.ts';
import { createProgram, freePort, type TestProgram } from './process.ts';

export interface TestVictoriaMetrics extends TestProgram {
  readonly url: string;
  /** Makes all that was written visible; without it that takes a second. */
  flush(): Promise<void>;
}

export interface VictoriaMetricsSpec {
  /** From `freePort`. */
  readonly port: number;
  readonly folder: string;
}

/** Ready to be started, with the flags that docs/scaling.md names. */
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

/** A vmalert that evaluates the rules as time passes. */
export async function createVmalert(rules: Rules): Promise<TestProgram> {
  const port = await freePort();
  return createProgram({
    command: binaryPath('vmalert'),
    args: [...vmalertFlags(rules), '-remoteWrite.flushInterval=200ms', `-httpListenAddr=127.0.0.1:${port}`],
    readyUrl: `http://127.0.0.1:${port}/health`,
  });
}

/** What vmalert would have recorded from one time to the other, to the second. */
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
