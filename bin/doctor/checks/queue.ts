/** Checks the gateway's queue of pushed samples: whether it accepts, how full it is, how long samples wait. */
import { join } from 'node:path';
import { type Check, fault, ok } from '../site/finding.ts';
import { readHealth } from '../site/health.ts';
import { get } from '../site/http.ts';
import type { Site } from '../site/site.ts';

export const queue: Check = {
  name: 'queue',
  async run(site) {
    if (site.gateway === undefined) return [];
    const { queue: state } = await readHealth(site.gateway);
    if (state?.status === 'ok') return [ok(describe(await readGauges(site)))];
    const message = state?.reason ?? state?.status ?? 'the gateway does not report the state of its queue';
    return [fault(message, remedyOf(message, site))];
  },
};

function remedyOf(reason: string, { local }: Site): string {
  if (/disk/.test(reason)) return `free space: ${local === undefined ? 'df -h' : `df -h ${local.directory.root}`}`;
  const log = local === undefined ? "Prometheus' log" : join(local.directory.logs, 'prometheus.log');
  return `Prometheus does not accept the samples: read ${log} and let it run again, and the queue empties by itself; nothing is lost before queue.max_bytes of gateway.yml`;
}

type Gauges = ReadonlyMap<string, number>;

function describe(gauges: Gauges): string {
  const bytes = gauges.get('hostpulse_gateway_queue_bytes');
  const age = gauges.get('hostpulse_gateway_queue_oldest_age_seconds');
  if (bytes === undefined) return 'accepts samples';
  const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return age === undefined || age === 0 ? `accepts samples; ${size}` : `${size}, oldest ${Math.round(age)} s`;
}

/** Reads the metrics from the gateway instead of Prometheus, which may not answer. */
async function readGauges({ gateway }: Site): Promise<Gauges> {
  const { body } = await get({ url: `${gateway?.url}/metrics` });
  const gauges = [...body.matchAll(/^(hostpulse_gateway_queue_\w+) (\S+)$/gm)];
  return new Map(gauges.map(([, name = '', value]) => [name, Number(value)] as const));
}
