/** Registers gauges whose values are read from the database. The values are right after a restart, and when several programs share the database. */
import { Gauge, type Registry } from 'prom-client';
import type { Log } from '../program/log.ts';
import { inTime } from '../program/time-limit.ts';

export interface GaugeValue<Label extends string> {
  readonly labels?: Readonly<Record<Label, string>>;
  readonly value: number;
}

export interface StoredGauge<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly Label[];
  /** Called at each scrape. */
  readonly read: () => Promise<readonly GaugeValue<Label>[]>;
}

export interface StoredGaugeOptions {
  readonly registry: Registry;
  readonly log: Log;
  /** Default: `scrapeLimitMs`. */
  readonly limitMs?: number;
}

/**
 * The longest time that a scrape waits for the database. The scrape timeout of Prometheus is longer: after it, Prometheus would report
 * the program as down.
 */
export const scrapeLimitMs = 2_000;

/**
 * Registers a gauge that is read from the database at each scrape. The gauge is absent while the database does not answer: an error
 * or a wait in one gauge would fail the whole scrape, and Prometheus would report the program as down.
 */
export function addStoredGauge<Label extends string>(
  { registry, log, limitMs = scrapeLimitMs }: StoredGaugeOptions,
  { name, help, labelNames = [], read }: StoredGauge<Label>,
): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      this.reset();
      if (labelNames.length === 0) this.remove(); // reset sets a gauge without labels to 0
      try {
        const values = await inTime(read(), limitMs, () => new Error(`no answer within ${limitMs / 1_000} s`));
        for (const { labels, value } of values) {
          if (labels === undefined) this.set(value);
          else this.set(labels, value);
        }
      } catch (error) {
        log.error('a metric is left out: the database cannot be read', { metric: name, error });
      }
    },
  });
}
