/** Creates history for a Prometheus before its start: blocks from OpenMetrics text in its data folder. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaryPath } from './binaries.ts';

export interface HistorySeries {
  /** Series in the text format: `up{job="node"}`. */
  readonly series: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly valueAt: (timeMs: number) => number;
}

/** Writes a point at every step, both ends included, for each series. `folder` is the data folder of Prometheus. */
export function writeHistory(folder: string, series: readonly HistorySeries[]): void {
  const lines: string[] = [];
  for (const { series: name, startMs, endMs, stepMs, valueAt } of series) {
    for (let timeMs = startMs; timeMs <= endMs; timeMs += stepMs)
      lines.push(`${name} ${valueAt(timeMs)} ${timeMs / 1_000}`);
  }
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'history.txt');
  writeFileSync(file, `${lines.join('\n')}\n# EOF\n`);
  // The default of two hours would create hundreds of blocks.
  const flags = ['--max-block-duration=744h', '--quiet'];
  execFileSync(
    binaryPath('promtool'),
    ['tsdb', 'create-blocks-from', 'openmetrics', ...flags, file, join(folder, 'data')],
    {
      stdio: 'pipe',
    },
  );
}
