import { describe, expect, test } from '@jest/globals';
import type { TopRecord } from '../../../common/top/top-record.ts';
import type { Pass, ProcessTracker } from '../../../exporter/top/process-tracker.ts';
import { createTop } from '../../../exporter/top/top.ts';
import { createLogLines } from '../../support/log-lines.ts';

const start = Date.parse('2026-01-31T03:11:00Z');

function passOf(seconds: number | undefined, cpuSeconds: number): Pass {
  const use = { pid: 7, name: 'ffmpeg', cpu_cores: cpuSeconds / 5, memory_bytes: 1 };
  const process = { pid: 7, startTicks: 1, name: 'ffmpeg', memoryBytes: 1, cpuSeconds, ioBytes: undefined, use };
  return { seconds, processes: [process], skipped: 0 };
}

describe('createTop', () => {
  test('keeps every pass for ten minutes and a record of every minute', () => {
    const { log } = createLogLines();
    let nowMs = start;
    const kinds: string[] = [];
    const tracker: ProcessTracker = {
      read: (kind) => passOf(kinds.push(kind) === 1 ? undefined : 5, 5),
      withCommandLines: (uses) => uses,
    };
    const minutes: TopRecord[] = [];
    const onMinute = (record: TopRecord): unknown => minutes.push(record);
    const top = createTop({ procfs: '/proc', hasCommandLines: false, log, onMinute, now: () => nowMs, tracker });
    for (; nowMs <= start + 15 * 60_000; nowMs += 5_000) top.pass();
    expect(kinds.slice(0, 7)).toEqual(['full', 'quick', 'quick', 'full', 'quick', 'quick', 'full']);
    expect(top.passes.all()).toHaveLength(120);
    expect(top.passes.span()).toEqual({ fromMs: start + 5 * 60_000, toMs: start + 15 * 60_000 });
    expect(minutes).toHaveLength(14);
    expect(minutes[0]).toEqual({
      from_ms: start,
      to_ms: start + 60_000,
      processes: [{ pid: 7, name: 'ffmpeg', cpu_cores: 1, memory_bytes: 1 }],
    });
    expect(top.minutes.all()).toEqual(minutes.slice(-10));
  });

  test('stop ends the minute early', () => {
    const { log } = createLogLines();
    let passes = 0;
    const tracker: ProcessTracker = {
      read: () => passOf(passes++ === 0 ? undefined : 5, 5),
      withCommandLines: (uses) => uses,
    };
    const minutes: TopRecord[] = [];
    const onMinute = (record: TopRecord): unknown => minutes.push(record);
    const top = createTop({ procfs: '/proc', hasCommandLines: false, log, onMinute, now: () => start, tracker });
    top.start();
    top.pass();
    top.stop();
    top.stop();
    expect(minutes).toMatchObject([{ from_ms: start - 5_000, to_ms: start }]);
  });

  test('an error of a pass is logged once and does not end the passes', () => {
    const logged = createLogLines();
    const tracker: ProcessTracker = {
      read() {
        throw new Error('/proc/7/stat: damaged');
      },
      withCommandLines: (uses) => uses,
    };
    const top = createTop({ procfs: '/proc', hasCommandLines: false, log: logged.log, now: () => start, tracker });
    top.start();
    top.stop();
    expect(logged.messages('error')).toEqual(['the processes cannot be read; the next pass tries again']);
  });
});
