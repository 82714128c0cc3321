/** The catalogue's units in Grafana's words. */
import type { Unit } from '../common/catalogue/metric.ts';

const grafanaUnits: Readonly<Record<Unit, string>> = {
  percent: 'percent',
  count: 'short',
  load: 'short',
  bytes: 'bytes',
  'bytes/s': 'Bps',
  'ops/s': 'iops',
  'packets/s': 'pps',
  'errors/s': 'cps',
};

export function grafanaUnit(unit: Unit): string {
  return grafanaUnits[unit];
}
