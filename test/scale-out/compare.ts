/** Compares the samples that the gateways accepted with the stored samples, one by one. */

type SamplesByHost = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, number>>>;

export interface Comparison {
  readonly samples: number;
  /** One line per series that lacks a sample, has another value, has a sample twice, or has a sample that was not accepted. */
  readonly faults: readonly string[];
}

/** Reads VictoriaMetrics' export host by host. */
export async function compareSamples(url: string, accepted: SamplesByHost, startMs: number): Promise<Comparison> {
  const faults: string[] = [];
  let samples = 0;
  for (const [host, series] of accepted) {
    const stored = await readStored(url, host, startMs);
    for (const [name, values] of series) {
      const found = stored.get(name) ?? [];
      const times = new Set(found.map(([timeMs]) => timeMs));
      const wrong = found.filter(([timeMs, value]) => values.get(timeMs) !== value).length;
      const missing = [...values.keys()].filter((timeMs) => !times.has(timeMs)).length;
      const twice = found.length - times.size;
      if (wrong + missing + twice > 0)
        faults.push(`${host} ${name}: ${missing} of ${values.size} missing, ${wrong} wrong, ${twice} twice`);
      samples += values.size;
    }
    for (const name of stored.keys()) if (!series.has(name)) faults.push(`${host} ${name}: not accepted`);
  }
  if (samples === 0) faults.push('no sample was accepted');
  return { samples, faults };
}

async function readStored(url: string, host: string, startMs: number): Promise<Map<string, [number, number][]>> {
  const query = new URLSearchParams({
    'match[]': `{__name__=~"scale_.+",instance="${host}"}`,
    start: String(startMs / 1_000),
    reduce_mem_usage: '0',
  });
  const response = await fetch(`${url}/api/v1/export?${query.toString()}`);
  if (!response.ok) throw new Error(`export of ${host}: status ${response.status}`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const { metric, values, timestamps } = JSON.parse(line) as {
        readonly metric: Readonly<Record<string, string>>;
        readonly values: readonly number[];
        readonly timestamps: readonly number[];
      };
      const name = `${metric['__name__']}${metric['phase'] ?? ''}`;
      return [name, timestamps.map((timeMs, index) => [timeMs, values[index] as number])];
    }),
  );
}

/** Returns the batches that wait in the queues or are sent again. */
export async function queuedBatches(gatewayUrls: readonly string[]): Promise<number> {
  const families = ['hostpulse_gateway_queue_batches', 'hostpulse_gateway_queue_replaying'];
  let sum = 0;
  for (const url of gatewayUrls) {
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
    for (const family of families) {
      const found = lines.filter((line) => line.startsWith(`${family} `) || line.startsWith(`${family}{`));
      if (found.length === 0) throw new Error(`${url}: no metric ${family}`);
      sum += found.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
    }
  }
  return sum;
}
