/** Compares the samples that gateways accepted with the stored samples, and reads the gateways' queues. */

type Points = readonly (readonly [timeMs: number, value: number])[];

export interface Comparison {
  /** Number of accepted samples. */
  readonly samples: number;
  /** One line for each series with a missing, wrong or duplicate sample, and for each stored series that was not accepted. */
  readonly faults: readonly string[];
}

/** Compares the samples of each series. A stored sample that was not accepted is wrong. The keys of both maps are results of `seriesKey`. */
export function compareSeries(
  accepted: ReadonlyMap<string, ReadonlyMap<number, number>>,
  stored: ReadonlyMap<string, Points>,
): Comparison {
  let samples = 0;
  const faults: string[] = [];
  for (const [series, values] of accepted) {
    const found = stored.get(series) ?? [];
    const times = new Set(found.map(([timeMs]) => timeMs));
    const wrong = found.filter(([timeMs, value]) => !Object.is(values.get(timeMs), value)).map(([timeMs]) => timeMs);
    const missing = [...values.keys()].filter((timeMs) => !times.has(timeMs));
    const duplicates = found.length - times.size;
    samples += values.size;
    if (wrong.length + missing.length + duplicates > 0)
      faults.push(
        `${series}: of ${values.size} samples, ${missing.length} missing, ${wrong.length} wrong, ${duplicates} stored twice; ` +
          `first at ${[...missing, ...wrong].slice(0, 10).join(' ')}`,
      );
  }
  for (const series of stored.keys()) if (!accepted.has(series)) faults.push(`${series}: stored but not accepted`);
  return { samples, faults };
}

/** Returns the number of batches that wait in the queue of a gateway or are being replayed. */
export async function queuedBatches(gatewayUrl: string): Promise<number> {
  const waiting = await sumOfFamily(gatewayUrl, 'hostpulse_gateway_queue_batches');
  return waiting + (await sumOfFamily(gatewayUrl, 'hostpulse_gateway_queue_replaying'));
}

/** Returns the sum of the series of a family. Throws when the gateway exposes no such series. */
export async function sumOfFamily(gatewayUrl: string, family: string): Promise<number> {
  const text = await (await fetch(`${gatewayUrl}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${family} `) || line.startsWith(`${family}{`));
  if (lines.length === 0) throw new Error(`${gatewayUrl}/metrics: no metric ${family}`);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
