/** Writes a month of twenty hosts into an empty Prometheus: every series of every tier, in time order. */
import { type BenchSeries, hostNames, rawSeries, recordedSeries } from '../../bench/query-api/api-series.ts';
import { createWriteRequestWriter, encodeLabels } from '../../common/remote-write/encode.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import { createRemoteWriteClient } from '../../ingest-gateway/forward/remote-write-client.ts';
import { hardwareStates, rawWorkloads, recordedWorkloads } from './fleet-workloads.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const fleetHosts = hostNames(20);
/** A host with a point in every step of every quick range, and a firing alert. */
export const wholeHost = fleetHosts[0] as string;
/** A host that stopped for a minute, returned, and died without stale markers. */
export const dyingHost = fleetHosts[19] as string;

export const silentMs = { from: -20 * minuteMs, to: -19 * minuteMs } as const;
export const diedMs = -10 * minuteMs;
/** Time range in which the condition is true. */
export const alertBeganMs = -30 * minuteMs;
/** Time range in which the alert fires. */
export const alertFiredMs = -25 * minuteMs;

interface Group {
  readonly series: readonly BenchSeries[];
  /** In time order. */
  readonly times: readonly number[];
}

/** Points every `stepMs`, from `fromMs` to `toMs` before the end. */
type Stretch = readonly [fromMs: number, stepMs: number, toMs?: number];

export interface FleetMonth {
  readonly url: string;
  /** End of the month; a multiple of 5 minutes. */
  readonly endMs: number;
  /** Whether to write all points of all hosts, which takes minutes. Otherwise, enough points that no query is empty, in seconds. */
  readonly isFull?: boolean;
}

/**
 * Writes the month in slices of time. A slice of the full month is shorter than one hour, so that no sample is too old for a Prometheus
 * with blocks of two hours. A slice of the sparse month has six hours, because each slice repeats the labels. The sparse month therefore
 * needs a Prometheus with longer blocks.
 */
export async function writeFleetMonth({ url, endMs, isFull = false }: FleetMonth): Promise<void> {
  const groups = [...fleetHosts.flatMap((host) => groupsOf(host, endMs, isFull)), ...alerts(endMs)];
  const next = groups.map(() => 0);
  const client = createRemoteWriteClient({ url, maxConcurrency: 2, timeoutMs: 60_000 });
  const writer = createWriteRequestWriter();
  const startMs = Math.min(...groups.map(({ times }) => times[0] ?? endMs));
  const sliceMs = isFull ? 55 * minuteMs : 6 * hourMs;
  try {
    for (let toMs = startMs + sliceMs; toMs < endMs + sliceMs; toMs += sliceMs) {
      for (const [index, { series, times }] of groups.entries()) {
        const first = next[index] as number;
        let last = first;
        while (last < times.length && (times[last] as number) <= toMs) last += 1;
        next[index] = last;
        const part = times.slice(first, last);
        if (part.length > 0) for (const each of series) writer.add(each.labels, part, valuesOf(each, part));
      }
      const { status, text } = await client.send(compressBlock(writer.finish()));
      if (status >= 300) throw new Error(`Prometheus answered ${status}: ${text}`);
    }
  } finally {
    client.close();
  }
}

type Stretches = Readonly<Record<'raw' | '1m' | '5m', readonly Stretch[]>>;

const full: Stretches = {
  raw: [[-6 * hourMs - 10 * minuteMs, 5 * secondMs]],
  '1m': [[-7 * dayMs - hourMs, minuteMs]],
  '5m': [[-30 * dayMs - 2 * hourMs, 5 * minuteMs]],
};

/** Writes a point in every step, not on every multiple of the tier's step. */
const whole: Stretches = {
  raw: full.raw,
  '1m': [
    [-7 * dayMs - hourMs, 5 * minuteMs, -25 * hourMs],
    [-25 * hourMs, minuteMs],
  ],
  '5m': [
    [-30 * dayMs - 2 * hourMs, 30 * minuteMs, -hourMs],
    [-hourMs, 5 * minuteMs],
  ],
};

const sparse: Stretches = {
  raw: [
    [-6 * hourMs, 10 * minuteMs, -6 * minuteMs],
    [-6 * minuteMs, 5 * secondMs],
  ],
  '1m': [
    [-7 * dayMs, 2 * hourMs, -10 * minuteMs],
    [-10 * minuteMs, minuteMs],
  ],
  '5m': [
    [-30 * dayMs, 6 * hourMs, -30 * minuteMs],
    [-30 * minuteMs, 5 * minuteMs],
  ],
};

const dying: Stretches = {
  ...sparse,
  raw: [
    [-30 * minuteMs, 5 * secondMs, silentMs.from],
    [silentMs.to, 5 * secondMs, diedMs],
  ],
};

function stretchesOf(host: string, isFull: boolean): Stretches {
  if (host === dyingHost) return dying;
  if (isFull) return full;
  return host === wholeHost ? whole : sparse;
}

function groupsOf(host: string, endMs: number, isFull: boolean): readonly Group[] {
  const grid = (stretches: readonly Stretch[]): readonly number[] =>
    stretches.flatMap(([fromMs, stepMs, toMs = 0]) => timesOf(endMs + fromMs, endMs + toMs, stepMs));
  const stretches = stretchesOf(host, isFull);
  return [
    { series: [...rawSeries(host), ...rawWorkloads(host)], times: grid(stretches.raw) },
    { series: [...recordedSeries(host, '1m'), ...recordedWorkloads(host, '1m')], times: grid(stretches['1m']) },
    { series: [...recordedSeries(host, '5m'), ...recordedWorkloads(host, '5m')], times: grid(stretches['5m']) },
    { series: [...factsOf(host, endMs), ...hardwareStates(host)], times: grid([[-20 * minuteMs, minuteMs]]) },
  ];
}

function factsOf(host: string, endMs: number): readonly BenchSeries[] {
  const system = { nodename: host, sysname: 'Linux', release: '6.1.0', machine: 'x86_64' };
  return [
    constant('up', { instance: host }, host === dyingHost ? 0 : 1),
    constant('node_uname_info', { instance: host, ...system }, 1),
    constant('node_os_info', { instance: host, pretty_name: 'Debian GNU/Linux 12' }, 1),
    constant('node_boot_time_seconds', { instance: host }, (endMs - 40 * dayMs) / secondMs),
  ];
}

function alerts(endMs: number): readonly Group[] {
  const warned = { alertname: 'CpuUsageHigh', severity: 'warning', metric: 'cpu.usage.total', instance: wholeHost };
  // Aggregates all labels away: an alert without a host.
  const general = { alertname: 'LivenessNotWritten', severity: 'critical' };
  const began = (endMs + alertBeganMs) / secondMs;
  const watchdog = { labels: encodeLabels('ALERTS', { alertname: 'Watchdog', severity: 'none' }), level: 1 };
  return [
    {
      series: [{ ...watchdog, isCounter: false }],
      times: timesOf(endMs - 30 * dayMs, endMs, minuteMs),
    },
    {
      series: [constant('ALERTS', { ...warned, alertstate: 'pending' }, 1)],
      times: timesOf(endMs + alertBeganMs, endMs + alertFiredMs, 15 * secondMs),
    },
    {
      series: [constant('ALERTS', { ...warned, alertstate: 'firing' }, 1)],
      times: timesOf(endMs + alertFiredMs, endMs, 15 * secondMs),
    },
    {
      series: [
        constant('ALERTS_FOR_STATE', warned, began),
        { labels: encodeLabels('ALERTS', { ...general, alertstate: 'firing' }), level: 1, isCounter: false },
        { labels: encodeLabels('ALERTS_FOR_STATE', general), level: began, isCounter: false },
      ],
      times: timesOf(endMs + alertBeganMs, endMs, 15 * secondMs),
    },
  ];
}

/** A constant gauge. */
function constant(family: string, labels: Readonly<Record<string, string>>, level: number): BenchSeries {
  return { labels: encodeLabels(family, { job: 'node', ...labels }), level, isCounter: false };
}

/** Excludes the start and includes the end. */
function timesOf(fromMs: number, toMs: number, stepMs: number): number[] {
  const times: number[] = [];
  for (let timeMs = (Math.floor(fromMs / stepMs) + 1) * stepMs; timeMs <= toMs; timeMs += stepMs) times.push(timeMs);
  return times;
}

function valuesOf({ level, isCounter }: BenchSeries, times: readonly number[]): number[] {
  if (!isCounter) return times.map(() => level);
  return times.map((timeMs) => ((timeMs / secondMs) % 10_000_000) * level);
}
