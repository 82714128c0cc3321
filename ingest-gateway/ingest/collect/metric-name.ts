/** Names under which pushed samples are stored: families as they are, dotted names as one family each. */
import { metricByName } from '../../../common/catalogue/index.ts';
import { underscored } from '../../../common/catalogue/metric.ts';

const family = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const dotted = /^[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z0-9_]+)+$/;

/** Written by Prometheus or by the gateway itself; pushed, they would contradict what those say. */
const reserved =
  /^(?:up|ALERTS|ALERTS_FOR_STATE|scrape_(?:duration_seconds|samples_scraped|samples_post_metric_relabeling|series_added))$/;

/** The stored name. Throws an Error that says what was expected; a colon marks recorded series, which nobody pushes. */
export function storedName(name: string): string {
  if (reserved.test(name)) throw new Error(`${name} is written by Prometheus or the gateway alone`);
  if (family.test(name)) return name;
  if (dotted.test(name)) return `hostpulse_${underscored(name)}`;
  throw new Error(
    `expected a dotted name (cpu.usage.total) or a family's (letters, digits and _), got ${JSON.stringify(name)}`,
  );
}

/** What agents write for a unit of the catalogue. */
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

/** The catalogue's unit of a dotted name; undefined for every other name. */
export function cataloguedUnit(name: string): string | undefined {
  return metricByName(name)?.unit;
}

export function isSameUnit(given: string, catalogued: string): boolean {
  return given === catalogued || spellings[catalogued]?.includes(given) === true;
}
