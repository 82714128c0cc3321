/** Maps pushed names to stored metric names: family names unchanged, each dotted name to one family. */

import { metricByName, underscored } from '../../common/catalogue/metrics.ts';

const family = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const dotted = /^[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z0-9_]+)+$/;

/** Metrics that only Prometheus or the gateway writes. */
const reserved =
  /^(?:up|ALERTS|ALERTS_FOR_STATE|scrape_(?:duration_seconds|samples_scraped|samples_post_metric_relabeling|series_added))$/;

/** Returns the stored name. Throws for a name with a colon, which marks recorded series, and for any other invalid name. */
export function storedName(name: string): string {
  if (reserved.test(name)) throw new Error(`only Prometheus and the gateway write ${name}`);
  if (family.test(name)) return name;
  if (dotted.test(name)) return `hostpulse_${underscored(name)}`;
  throw new Error(
    `expected a dotted name (cpu.usage.total) or a family name (letters, digits and _), got ${JSON.stringify(name)}`,
  );
}

/** Spellings that agents use for a unit of the catalogue. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  percent: ['%', 'pct'],
  bytes: ['byte', 'B'],
  'bytes/s': ['bytes_per_second', 'bytes per second', 'B/s'],
  'ops/s': ['ops_per_second', 'iops'],
  'packets/s': ['packets_per_second'],
  'errors/s': ['errors_per_second'],
  count: ['', '1', 'none', 'packets', 'errors', 'ops'],
  load: ['', '1', 'none', 'count'],
};

/** Returns the unit of a dotted name of the catalogue; undefined for every other name. */
export function cataloguedUnit(name: string): string | undefined {
  return metricByName(name)?.unit;
}

export function isSameUnit(given: string, catalogued: string): boolean {
  return given === catalogued || spellings[catalogued]?.includes(given) === true;
}
