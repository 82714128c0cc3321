/** Grafana's names for the units of the catalogue. */
import type { Unit } from '../../common/catalogue/metric.ts';

const grafanaUnits: Readonly<Record<Unit, string>> = {
  percent: 'percent',
  count: 'short',
  load: 'short',
  bytes: 'bytes',
  'bytes/s': 'Bps',
  'ops/s': 'iops',
  // Grafana's `pps` would show 0.05 p/s as 50 mp/s.
  'packets/s': 'count:p/s',
  'errors/s': 'count:p/s',
};

export function grafanaUnit(unit: Unit): string {
  return grafanaUnits[unit];
}
