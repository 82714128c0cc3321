/**
 * Keeps the ten busiest processes by CPU, by memory and by I/O: every 5 seconds for ten minutes, and summed by minute for the gateway.
 * Starts no program and makes no series.
 */
import { type Log, messageOf } from '../../common/program/log.ts';
import { busiestByAny, type TopRecord } from '../../common/top/top-record.ts';
import { readPageSizeBytes } from '../procfs/page-size.ts';
import { createMinuteSums } from './minute-sums.ts';
import { createProcessFiles } from './process-files.ts';
import { createProcessTracker, type ProcessTracker } from './process-tracker.ts';
import { createRecordRing, type RecordRing } from './record-ring.ts';

export interface Top {
  /** The records of each pass. */
  readonly passes: Omit<RecordRing, 'add'>;
  /** The records of each minute. */
  readonly minutes: Omit<RecordRing, 'add'>;
  start(): void;
  /** Ends the current minute early, so that its record is not lost. Idempotent. */
  stop(): void;
  /** Reads all processes once. `start` calls it every 5 seconds. */
  pass(): void;
}

export interface TopOptions {
  readonly procfs: string;
  readonly hasCommandLines: boolean;
  readonly log: Log;
  /** Called with the record of each minute. */
  readonly onMinute?: ((record: TopRecord) => void) | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Tests replace it. */
  readonly tracker?: ProcessTracker;
}

export const passIntervalMs = 5_000;
/** Each third pass reads idle processes as well, those at full minutes included: the records of minutes are exact. */
const passesPerFull = 3;
const keptMs = 600_000;
const minuteMs = 60_000;
/** CPU time of a pass: with thousands of processes, at most 0.2 % of a core. */
const limitMs = 10;

export function createTop({ procfs, hasCommandLines, log, onMinute, now = Date.now, ...rest }: TopOptions): Top {
  let { tracker } = rest;
  /** Created by the first pass, whose errors are logged. */
  const trackerOf = (): ProcessTracker =>
    (tracker ??= createProcessTracker({
      files: createProcessFiles(procfs),
      pageBytes: readPageSizeBytes(),
      hasCommandLines,
      limitMs,
      monotonicMs: () => performance.now(),
      cpuMs: threadCpuMs,
    }));
  const passes = createRecordRing({ maxRecords: keptMs / passIntervalMs, slackMs: passIntervalMs });
  const minutes = createRecordRing({ maxRecords: keptMs / minuteMs, slackMs: minuteMs });
  const sums = createMinuteSums();
  let timer: NodeJS.Timeout | undefined;
  let fault: string | undefined;

  function noteMinute(record: TopRecord | undefined): void {
    if (record === undefined) return;
    const complete = { ...record, processes: trackerOf().withCommandLines(record.processes) };
    minutes.add(complete);
    onMinute?.(complete);
  }

  function pass(): void {
    const nowMs = now();
    const isFull = Math.round(nowMs / passIntervalMs) % passesPerFull === 0;
    const found = trackerOf().read(isFull ? 'full' : 'quick');
    const busiest = busiestByAny(found.processes.map(({ use }) => use));
    noteMinute(sums.add(found, nowMs, new Set(busiest.map(({ pid }) => pid))));
    if (found.seconds === undefined) return;
    const processes = trackerOf().withCommandLines(busiest);
    passes.add({ from_ms: Math.round(nowMs - found.seconds * 1_000), to_ms: nowMs, processes });
  }

  function tick(): void {
    try {
      pass();
      fault = undefined;
    } catch (error) {
      // A damaged file would fail every pass: the error is logged once.
      if (messageOf(error) !== fault) log.error('the processes cannot be read; the next pass tries again', { error });
      fault = messageOf(error);
    }
    schedule();
  }

  /** Passes run at multiples of the interval, so that the records of a minute are those of a minute of the clock. */
  function schedule(): void {
    timer = setTimeout(tick, passIntervalMs - (now() % passIntervalMs)).unref();
  }

  return {
    passes,
    minutes,
    start: tick,
    stop() {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      noteMinute(sums.end());
    },
    pass,
  };
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
