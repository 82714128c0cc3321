/** The settings of `hostpulse snapshot`: the exporter's own, so that its config file and flags of collectors serve here, and how to show. */
import { metrics } from '../../common/catalogue/index.ts';
import type { CatalogueMetric } from '../../common/catalogue/metric.ts';
import { fault, list, oneOf, type SettingType } from '../../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Setting, setting } from '../../common/program/settings/settings.ts';
import { duration } from '../../common/program/settings/units.ts';
import { exporterSettings } from '../config.ts';

/** A metric's dotted name, or the beginning of several: `cpu`, `disk.io`. */
const metricName: SettingType<string> = {
  placeholder: 'name',
  parse: (raw) =>
    typeof raw === 'string' && metrics.some(({ name }) => isBelow(name, raw))
      ? { value: raw }
      : fault('a metric of docs/metrics.md or the beginning of one, such as cpu, disk.io or cpu.usage.total', raw),
  print: (value) => value,
};

const anInterval = duration({ minMs: 100 });

const ownSettings = {
  format: setting({
    path: 'format',
    help: 'how to print: for people, as a body for /api/v1/metrics/collect, or in the text format',
    kind: oneOf(['table', 'json', 'prometheus']),
    default: 'table',
  }),
  sampleInterval: setting({
    path: 'interval',
    help: 'time between the two samples that make a rate',
    kind: anInterval,
    default: 1_000,
  }),
  watch: optional({
    path: 'watch',
    help: 'go on, with a new snapshot each 2 s or as often as given',
    kind: { ...anInterval, bare: '2s' },
  }),
  metric: setting({
    path: 'metric',
    help: 'only these metrics, or all whose name begins so; may be repeated',
    kind: list(metricName),
    default: [],
  }),
};

/** Known, so that the exporter's file loads, and of no use here: not shown. */
const unused = /^(web|collector)\./;

export const snapshotSettings: typeof exporterSettings & typeof ownSettings = {
  ...(Object.fromEntries(
    Object.entries(exporterSettings).map(([name, each]: [string, Setting<unknown>]) => [
      name,
      { ...each, isHidden: each.isHidden || unused.test(each.path) },
    ]),
  ) as unknown as typeof exporterSettings),
  ...ownSettings,
};

export type SnapshotConfig = ConfigOf<typeof snapshotSettings>;

/** The metrics that were asked for, in the catalogue's order; all when none was. */
export function wantedMetrics(wanted: readonly string[]): readonly CatalogueMetric[] {
  return wanted.length === 0
    ? metrics
    : metrics.filter(({ name }) => wanted.some((beginning) => isBelow(name, beginning)));
}

function isBelow(name: string, beginning: string): boolean {
  return name === beginning || name.startsWith(`${beginning}.`);
}
