/** The output of `hostpulse tiers`: tables on stdout, progress on stderr. */
import type { DayReport, PruneReport } from '../../ingest-gateway/rollups/retention/retention.ts';
import type { TierStatus } from '../../ingest-gateway/rollups/status.ts';
import { print, printTable } from '../cli/table.ts';

export function printStatus(rows: readonly TierStatus[]): void {
  printTable(
    ['TIER', 'OLDEST', 'NEWEST', 'SERIES', 'SAMPLES A DAY', 'HOLES', 'WRONG'],
    rows.map(({ tier, oldestMs, newestMs, series, samplesLastDay, holes, wrong }) => [
      tier,
      time(oldestMs),
      time(newestMs),
      String(series),
      String(samplesLastDay),
      holes === undefined ? '-' : String(holes),
      wrong === undefined ? '-' : String(wrong),
    ]),
  );
}

/** Prints a row for each host and day; then the size of the blocks, and why no space was freed. */
export function printPrune({ days, bytesBefore, bytesAfter, cleaning, durationMs }: PruneReport): void {
  printTable(
    ['TIER', 'HOST', 'FROM', 'TO', 'SERIES', 'FATE'],
    days.map((day) => [
      day.tier,
      day.host === '' ? '(none)' : day.host,
      time(day.startMs),
      time(day.endMs),
      String(day.series),
      describe(day),
    ]),
  );
  const size =
    bytesBefore === undefined || bytesAfter === undefined
      ? ''
      : `; blocks ${mib(bytesBefore)} before, ${mib(bytesAfter)} after`;
  print(`${days.length} host days in ${(durationMs / 1_000).toFixed(1)} s${size}`);
  if (cleaning?.kind === 'skipped')
    print(`deleted samples keep their space until Prometheus compacts their blocks: ${cleaning.reason}`);
}

/** A stream for progress, such as `process.stderr`. */
export interface ProgressSink {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const barWidth = 40;

/** Returns a function that shows a share from 0 to 1: as a bar redrawn in place on a terminal, elsewhere as a line for each tenth. */
export function createProgress(label: string, sink: ProgressSink): (share: number) => void {
  let tenths = 0;
  return (share) => {
    if (sink.isTTY === true) {
      const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '.');
      sink.write(`\r${label} [${bar}] ${String(Math.round(share * 100)).padStart(3)} %${share >= 1 ? '\n' : ''}`);
      return;
    }
    const reached = Math.floor(share * 10 + 1e-9);
    if (reached > tenths) sink.write(`${label}: ${reached * 10} %\n`);
    tenths = Math.max(tenths, reached);
  };
}

function describe({ fate, reason }: DayReport): string {
  return reason === undefined ? fate : `${fate}: ${reason}`;
}

function time(timeMs: number | undefined): string {
  return timeMs === undefined ? '-' : new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
