/** Defines the settings of `hostpulse snapshot`: the exporter's settings, so that its configuration file and collector flags work, and the settings of the output. */
import { type CatalogueMetric, metrics } from '../../common/catalogue/metrics.ts';
import { fault, list, oneOf, type SettingType } from '../../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Setting, setting } from '../../common/program/settings/settings.ts';
import { duration } from '../../common/program/settings/units.ts';
import { exporterSettings } from '../config.ts';

/** A metric's dotted name or a prefix: `cpu`, `disk.io`. */
const metricName: SettingType<string> = {
  placeholder: 'name',
  parse: (raw) =>
    typeof raw === 'string' && metrics.some(({ name }) => hasPrefix(name, raw))
      ? { value: raw }
      : fault('a metric of docs/metrics.md or the beginning of one, such as cpu, disk.io or cpu.usage.total', raw),
  print: (value) => value,
};

const interval = duration({ minMs: 100 });

const ownSettings = {
  format: setting({
    path: 'format',
    help: 'how to print: for people, as a body for /api/v1/metrics/collect, or in the text format',
    type: oneOf(['table', 'json', 'prometheus']),
    default: 'table',
  }),
  sampleInterval: setting({
    path: 'interval',
    help: 'time between the two samples that make a rate',
    type: interval,
    default: 1_000,
  }),
  watch: optional({
    path: 'watch',
    help: 'go on, with a new snapshot each 2 s or as often as given',
    type: { ...interval, bare: '2s' },
  }),
  metric: setting({
    path: 'metric',
    help: 'only these metrics, or all whose name begins so; may be repeated',
    type: list(metricName),
    default: [],
  }),
};

/** Accepted from the exporter's config file, without effect here and hidden in the help. */
const ignored = /^(web|collector)\./;

export const snapshotSettings: typeof exporterSettings & typeof ownSettings = {
  ...(Object.fromEntries(
    Object.entries(exporterSettings).map(([name, each]: [string, Setting<unknown>]) => [
      name,
      { ...each, isHidden: each.isHidden || ignored.test(each.path) },
    ]),
  ) as unknown as typeof exporterSettings),
  ...ownSettings,
};

export type SnapshotConfig = ConfigOf<typeof snapshotSettings>;

/** Returns the requested metrics in the catalogue's order; all when none is requested. */
export function wantedMetrics(wanted: readonly string[]): readonly CatalogueMetric[] {
  return wanted.length === 0 ? metrics : metrics.filter(({ name }) => wanted.some((prefix) => hasPrefix(name, prefix)));
}

function hasPrefix(name: string, prefix: string): boolean {
  return name === prefix || name.startsWith(`${prefix}.`);
}
