/** Creates raw samples of every family in the catalogue, from hosts with faults chosen by a seed. */
import type { Expression } from '../../common/catalogue/expression.ts';
import { metrics } from '../../common/catalogue/metrics.ts';
import type { Random } from './random.ts';
import { sampled, type TestSeries } from './raw-series.ts';

export interface RandomHostsOptions {
  readonly random: Random;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Host {
  readonly name: string;
  /** Whether the host exposes node families or pushes dotted names. */
  readonly sends: 'exported' | 'pushed';
  readonly fromMs: number;
  readonly toMs: number;
  /** Lost samples per thousand. */
  readonly lost: number;
  /** Counter resets per thousand samples. */
  readonly resets: number;
  readonly gap?: { readonly fromMs: number; readonly toMs: number };
}

type Tags = Readonly<Record<string, string>>;

export function randomHosts({ random, fromMs, toMs }: RandomHostsOptions): readonly TestSeries[] {
  const moment = (from: number, to: number): number =>
    fromMs + 5_000 * Math.floor(((toMs - fromMs) / 5_000) * (from + (random.below(1_000) / 1_000) * (to - from)));
  const whole = { fromMs, toMs, lost: 0, resets: 0 };
  const gapMs = moment(0.4, 0.6);
  const hosts: readonly Host[] = [
    { name: 'steady', sends: 'exported', ...whole },
    { name: 'restarts', sends: 'exported', ...whole, resets: 12 },
    { name: 'lossy', sends: 'exported', ...whole, lost: 80, gap: { fromMs: gapMs, toMs: gapMs + 430_000 } },
    { name: 'appears', sends: 'exported', ...whole, fromMs: moment(0.3, 0.6), resets: 4 },
    { name: 'vanishes', sends: 'exported', ...whole, toMs: moment(0.4, 0.7), lost: 20 },
    { name: 'agent', sends: 'pushed', ...whole, lost: 20 },
  ];
  return hosts.flatMap((host) => seriesOf(host, random));
}

function seriesOf(host: Host, random: Random): readonly TestSeries[] {
  const leaves = new Map<string, { kind: 'counter' | 'gauge'; labels: readonly string[] }>();
  for (const metric of metrics)
    for (const { kind, family } of leavesOf(metric[host.sends]))
      leaves.set(family, { kind, labels: host.sends === 'pushed' ? metric.labels : labelsOf(family) });
  return [...leaves].flatMap(([family, { kind, labels }]) =>
    tagsOf(labels).map((tags) => oneSeries(host, random, { family, kind, tags })),
  );
}

function oneSeries(
  { name, fromMs, toMs, lost, resets, gap }: Host,
  random: Random,
  { family, kind, tags }: { readonly family: string; readonly kind: 'counter' | 'gauge'; readonly tags: Tags },
): TestSeries {
  const labels = { __name__: family, job: 'node', instance: name, rack: 'r1', ...tags };
  let value = 1_000 + random.below(1e6);
  return sampled(labels, { fromMs, toMs, stepMs: 5_000 }, (timeMs) => {
    if (kind === 'gauge') value = 1_000 + random.below(1e6);
    else if (random.below(1_000) < resets) value = random.below(50);
    else value += random.below(5_000);
    const isGap = gap !== undefined && timeMs >= gap.fromMs && timeMs < gap.toMs;
    return isGap || random.below(1_000) < lost ? undefined : value;
  });
}

function leavesOf(expression: Expression): readonly Extract<Expression, { kind: 'counter' | 'gauge' }>[] {
  switch (expression.kind) {
    case 'counter':
    case 'gauge':
      return [expression as Extract<Expression, { kind: 'counter' | 'gauge' }>];
    case 'sum':
    case 'count':
    case 'avg':
    case 'scaled':
      return leavesOf(expression.of);
    case 'percent':
      return [...leavesOf(expression.part), ...leavesOf(expression.whole)];
    case 'minus':
    case 'plus':
    case 'total':
      return [...leavesOf(expression.left), ...leavesOf(expression.right)];
  }
}

/** Labels as the exporter sets them. */
function labelsOf(family: string): readonly string[] {
  if (family === 'node_cpu_seconds_total') return ['cpu', 'mode'];
  if (family.startsWith('node_filesystem_')) return ['device', 'mountpoint', 'fstype'];
  return /^node_(disk|network)_/.test(family) ? ['device'] : [];
}

/** Two of each device and CPU, and all CPU modes. */
function tagsOf(labels: readonly string[]): readonly Tags[] {
  if (labels.length === 0) return [{}];
  const modes = labels.includes('mode') ? ['user', 'system', 'idle', 'iowait'] : [undefined];
  return ['0', '1'].flatMap((each) =>
    modes.map((mode) => {
      const values = { cpu: each, device: `d${each}`, mountpoint: `/m${each}`, fstype: 'ext4', mode: mode ?? '' };
      return Object.fromEntries(labels.map((label) => [label, values[label as keyof typeof values]]));
    }),
  );
}
