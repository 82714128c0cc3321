/** The catalogue's units in Grafana's words. */
import type { Unit } from '../../common/catalogue/metric.ts';

const grafanaUnits: Readonly<Record<Unit, string>> = {
  percent: 'percent',
  count: 'short',
  load: 'short',
  bytes: 'bytes',
  'bytes/s': 'Bps',
  'ops/s': 'iops',
  // Whole packets: `pps` says 50 mp/s where 0.05 p/s is meant.
  'packets/s': 'count:p/s',
  'errors/s': 'count:p/s',
};

export function grafanaUnit(unit: Unit): string {
  return grafanaUnits[unit];
}
