/** What `hostpulse tiers` writes: tables on stdout, a progress bar on a terminal's stderr. */
import type { DayReport, PruneReport } from '../ingest-gateway/tiers/retention.ts';
import type { TierStatus } from '../ingest-gateway/tiers/status.ts';
import { print, printTable } from './table.ts';

export function printStatus(rows: readonly TierStatus[]): void {
  printTable(
    ['TIER', 'OLDEST', 'NEWEST', 'SERIES', 'SAMPLES A DAY', 'HOLES'],
    rows.map(({ tier, oldestMs, newestMs, series, samplesLastDay, holes }) => [
      tier,
      time(oldestMs),
      time(newestMs),
      String(series),
      String(samplesLastDay),
      holes === undefined ? '-' : String(holes),
    ]),
  );
}

/** A row for each tier, fate and reason; then the size. */
export function printPrune({ days, bytesBefore, bytesAfter, durationMs }: PruneReport): void {
  printTable(
    ['TIER', 'HOST', 'FROM', 'TO', 'SERIES', 'FATE'],
    days.map((day) => [
      day.kind,
      day.host === '' ? '(none)' : day.host,
      time(day.startMs),
      time(day.endMs),
      String(day.series),
      describe(day),
    ]),
  );
  const size =
    bytesBefore === undefined || bytesAfter === undefined ? '' : `; blocks ${mib(bytesBefore)}, now ${mib(bytesAfter)}`;
  print(`${days.length} days of hosts in ${(durationMs / 1_000).toFixed(1)} s${size}`);
}

/** Redraws one line; silent where stderr is no terminal. */
export function progressBar(label: string): (share: number) => void {
  const width = 40;
  return (share) => {
    if (!process.stderr.isTTY) return;
    const full = Math.round(share * width);
    const bar = '#'.repeat(full).padEnd(width, '.');
    process.stderr.write(`\r${label} [${bar}] ${Math.round(share * 100)} %${share >= 1 ? '\n' : ''}`);
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
