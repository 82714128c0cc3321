/** Simulates the hosts of the scale-out test. Each host pushes the same series, and on demand a sample that makes an alert fire. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type HostPush,
  type PushedSeries,
  type SimulatedHosts,
  startSimulatedHosts,
} from '../support/simulated-hosts.ts';

export interface FleetOptions {
  readonly url: string;
  readonly key: string;
  readonly hosts: number;
  readonly intervalMs: number;
  readonly seriesPerHost: number;
  /** Returns the label `phase` of the sample that makes an alert of the host fire, or undefined for no alert. */
  readonly phaseOf: (host: string) => string | undefined;
}

/** Returns the name of the host, such as `host-007`. */
export function hostName(index: number): string {
  return `host-${String(index).padStart(3, '0')}`;
}

/** Starts the hosts. Each host pushes once per interval, and repeats a push after a server error or 20 s without a response. */
export function startFleet({ url, key, hosts, intervalMs, seriesPerHost, phaseOf }: FleetOptions): SimulatedHosts {
  async function* pushesOf(index: number, stopping: AbortSignal): AsyncGenerator<HostPush> {
    const host = hostName(index);
    await sleep((intervalMs * index) / hosts);
    while (!stopping.aborted) {
      const startMs = performance.now();
      yield { host, series: seriesAt(host, Date.now()) };
      const pauseMs = Math.max(0, intervalMs - (performance.now() - startMs));
      await sleep(pauseMs, undefined, { signal: stopping }).catch(() => undefined); // stopped
    }
  }

  function seriesAt(host: string, timeMs: number): readonly PushedSeries[] {
    const at = (name: string, value: number, more = {}): PushedSeries => ({
      labels: { __name__: name, instance: host, job: 'node', ...more },
      points: [[timeMs, value]],
    });
    const phase = phaseOf(host);
    return [
      ...Array.from({ length: seriesPerHost }, (_, index) => at(`scale_${index}`, (timeMs % 1e7) + index)),
      ...(phase === undefined ? [] : [at('scale_condition', 1, { phase })]),
    ];
  }

  return startSimulatedHosts({
    url,
    key,
    hosts,
    pushesOf,
    isRepeated: (status) => status >= 500,
    pauseMs: 500,
    requestLimitMs: 20_000,
  });
}
