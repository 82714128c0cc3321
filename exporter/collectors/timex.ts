/**
 * Exposes offset, frequency, error and synchronisation state of the kernel's clock, from adjtimex(2). No file contains these values,
 * so the collector calls the C library through `node:ffi`, which Node.js has since version 26. Source: adjtimex(2)
 */
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { type Adjtimex, loadAdjtimex } from './timex/adjtimex.ts';
import { type ClockState, parseTimex, timexBytes } from './timex/timex-buffer.ts';

interface TimexMetric extends Metric {
  readonly valueOf: (state: ClockState) => number;
}

function metric(
  type: 'counter' | 'gauge',
  [name, help]: readonly [string, string],
  valueOf: (state: ClockState) => number,
): TimexMetric {
  return { name: `node_timex_${name}`, type, help, valueOf };
}

const microseconds = 1e6;
/** Frequencies are parts per million with 16 bits of fraction. */
const ppmFraction = 1e6 * 65_536;

const metrics: readonly TimexMetric[] = [
  metric('gauge', ['estimated_error_seconds', 'Estimated error in seconds.'], (state) => state.esterror / microseconds),
  metric(
    'gauge',
    ['frequency_adjustment_ratio', 'Local clock frequency adjustment.'],
    (state) => 1 + state.freq / ppmFraction,
  ),
  metric('gauge', ['loop_time_constant', 'Phase-locked loop time constant.'], (state) => state.constant),
  metric('gauge', ['maxerror_seconds', 'Maximum error in seconds.'], (state) => state.maxerror / microseconds),
  metric(
    'gauge',
    ['offset_seconds', 'Time offset in between local system and reference clock.'],
    (state) => state.offset / state.unitsPerSecond,
  ),
  metric(
    'counter',
    ['pps_calibration_total', 'Pulse per second count of calibration intervals.'],
    (state) => state.calcnt,
  ),
  metric('counter', ['pps_error_total', 'Pulse per second count of calibration errors.'], (state) => state.errcnt),
  metric('gauge', ['pps_frequency_hertz', 'Pulse per second frequency.'], (state) => state.ppsfreq / ppmFraction),
  metric('gauge', ['pps_jitter_seconds', 'Pulse per second jitter.'], (state) => state.jitter / state.unitsPerSecond),
  metric(
    'counter',
    ['pps_jitter_total', 'Pulse per second count of jitter limit exceeded events.'],
    (state) => state.jitcnt,
  ),
  metric('gauge', ['pps_shift_seconds', 'Pulse per second interval duration.'], (state) => state.shift),
  metric(
    'counter',
    ['pps_stability_exceeded_total', 'Pulse per second count of stability limit exceeded events.'],
    (state) => state.stbcnt,
  ),
  metric(
    'gauge',
    ['pps_stability_hertz', 'Pulse per second stability, average of recent frequency changes.'],
    (state) => state.stabil / ppmFraction,
  ),
  metric('gauge', ['status', 'Value of the status array bits.'], (state) => state.status),
  metric('gauge', ['sync_status', 'Is clock synchronized to a reliable server (1 = yes, 0 = no).'], (state) =>
    state.isSynchronized ? 1 : 0,
  ),
  metric('gauge', ['tai_offset_seconds', 'International Atomic Time (TAI) offset.'], (state) => state.tai),
  metric('gauge', ['tick_seconds', 'Seconds between clock ticks.'], (state) => state.tick / microseconds),
];

export const timex: Collector = createTimex(loadAdjtimex);

/**
 * Returns the collector, which calls `load` at its first read. On a host where Node.js cannot call the C library, `load` throws, and
 * only this collector fails.
 */
export function createTimex(load: () => Adjtimex): Collector {
  return {
    name: 'timex',
    defaultEnabled: true,
    help: "Exposes offset, error and synchronisation state of the kernel's clock, from adjtimex(2); needs Node.js 26.",
    docs: {
      source: 'adjtimex(2)',
      differences: [
        {
          upstream: 'calls adjtimex(2) directly',
          here: 'calls adjtimex(2) through `node:ffi`; fails on Node.js before version 26',
          reason: 'Node.js has no other way to call adjtimex(2)',
        },
      ],
    },
    flags: [],
    create() {
      let adjtimex: Adjtimex | undefined;
      const buffer = Buffer.alloc(timexBytes);
      return () => {
        adjtimex ??= load();
        buffer.fill(0);
        const state = parseTimex(buffer, adjtimex(buffer));
        const table = createSampleTable();
        for (const each of metrics) table.add(each, {}, each.valueOf(state));
        return table.families();
      };
    },
  };
}
