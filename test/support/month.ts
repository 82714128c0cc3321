/** Writes a month of samples and rollups of two hosts, and series outside the catalogue, by remote write in time order. */
import { eventually } from './eventually.ts';
import { type TestSeries, writeSeries } from './raw-series.ts';

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;

export interface MonthOptions {
  readonly url: string;
  readonly endMs: number;
  /** Default: 31. */
  readonly days?: number;
  /** Omits the rollups of the host in the time range. */
  readonly hole?: { readonly host: string; readonly fromMs: number; readonly toMs: number };
}

export const monthHosts = ['web-1', 'web-2'] as const;
/** Offset of the rule groups. */
export const phasesMs = { '1m': 7_000, '5m': 111_000 } as const;

const bytesPerSecond = 1_000;

/** Raw samples every 5 s in the last two and a half days and every minute before; rollups and other series throughout. */
export async function writeMonth({ url, endMs, hole, days = 31 }: MonthOptions): Promise<void> {
  const startMs = endMs - days * dayMs;
  const sliceMs = 4 * hourMs;
  for (let fromMs = startMs; fromMs < endMs; fromMs += sliceMs) {
    const toMs = Math.min(endMs, fromMs + sliceMs);
    const stepMs = toMs > endMs - 2.5 * dayMs ? 5_000 : 60_000;
    const series: TestSeries[] = monthHosts.flatMap((host) => {
      const labels = { job: 'node', instance: host };
      const isHole = (timeMs: number): boolean =>
        hole !== undefined && hole.host === host && timeMs >= hole.fromMs && timeMs < hole.toMs;
      const raw = (name: string, more: Record<string, string>, valueAt: (timeMs: number) => number): TestSeries => ({
        labels: { __name__: name, ...labels, ...more },
        points: grid(fromMs, toMs, stepMs, 1_234).map((timeMs) => [timeMs, valueAt(timeMs)]),
      });
      const recorded = (name: string, tier: '1m' | '5m', value: number, more: Record<string, string>): TestSeries => ({
        labels: { __name__: `${name}${tier}`, ...labels, ...more },
        points: grid(fromMs, toMs, tier === '1m' ? 60_000 : 300_000, phasesMs[tier])
          .filter((timeMs) => !isHole(timeMs))
          .map((timeMs) => [timeMs, value]),
      });
      const lo = { device: 'eth0' };
      const received = (timeMs: number): number => ((timeMs - startMs) / 1_000 + 1e6) * bytesPerSecond;
      return [
        raw('node_load1', {}, () => 2),
        raw('node_network_receive_bytes_total', lo, received),
        raw('node_entropy_available_bits', {}, () => 256),
        ...(['1m', '5m'] as const).flatMap((tier) => [
          recorded('instance:cpu_load_average_1m:avg', tier, 2, {}),
          recorded('instance_device:network_io_bytes_recv:avg', tier, bytesPerSecond, lo),
          recorded('instance_device:network_io_bytes_recv:max', tier, bytesPerSecond, lo),
        ]),
      ];
    });
    const minutes = grid(fromMs, toMs, 60_000, 0);
    series.push({
      labels: { __name__: 'shop_orders_total', instance: 'web-1', job: 'shop' },
      points: minutes.map((timeMs) => [timeMs, timeMs / 60_000]),
    });
    series.push({
      labels: { __name__: 'ALERTS', alertname: 'HighCpu', alertstate: 'firing', instance: 'web-1', job: 'node' },
      points: minutes.map((timeMs) => [timeMs, 1]),
    });
    await writeSeries(
      url,
      series.filter(({ points }) => points.length > 0),
    );
  }
}

/** Waits until Prometheus has moved everything before the range of its head into blocks, so that their size is stable. */
export async function awaitBlocks(url: string, blockMs: number): Promise<void> {
  await eventually({ what: 'old samples are in blocks', limitMs: 60_000 }, async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    const headSeconds = value('prometheus_tsdb_head_max_time_seconds') - value('prometheus_tsdb_head_min_time_seconds');
    return headSeconds * 1_000 <= 1.5 * blockMs ? true : undefined;
  });
}

function grid(fromMs: number, toMs: number, stepMs: number, phaseMs: number): number[] {
  const instants: number[] = [];
  for (let timeMs = Math.ceil((fromMs - phaseMs) / stepMs) * stepMs + phaseMs; timeMs < toMs; timeMs += stepMs)
    instants.push(timeMs);
  return instants;
}
