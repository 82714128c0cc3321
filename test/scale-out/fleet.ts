/** Simulated hosts that push to one address and repeat each push until it is accepted. They remember every accepted sample. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type WrittenSeries, writeBody, writeHeaders } from '../support/pushes.ts';

export interface FleetOptions {
  readonly url: string;
  readonly key: string;
  readonly hosts: number;
  readonly intervalMs: number;
  readonly seriesPerHost: number;
  /** Returns whether the condition of the host is true; its sample makes an alert fire. */
  readonly condition: (host: string) => string | undefined;
}

export interface Fleet {
  /** Accepted values by time, by name of the series, by host. */
  readonly accepted: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, number>>>;
  readonly counts: { readonly pushes: number; readonly repeated: number; readonly samples: number };
  /** Waits until every push that was begun is accepted. Throws if a push was refused. */
  stop(): Promise<void>;
}

/** Half of the hosts push JSON, half by remote write. */
export function startFleet({ url, key, hosts, intervalMs, seriesPerHost, condition }: FleetOptions): Fleet {
  const accepted = new Map<string, Map<string, Map<number, number>>>();
  const counts = { pushes: 0, repeated: 0, samples: 0 };
  const stopping = new AbortController();

  async function runHost(index: number): Promise<void> {
    const host = `host-${String(index).padStart(3, '0')}`;
    const isWriting = index % 2 === 1;
    await sleep((intervalMs * index) / hosts);
    while (!stopping.signal.aborted) {
      const startMs = performance.now();
      const series = sampleSet(host, Date.now());
      await sendUntilAccepted(isWriting, isWriting ? writeBody(series) : collectBody(host, series));
      note(host, series);
      await sleep(Math.max(0, intervalMs - (performance.now() - startMs)), undefined, {
        signal: stopping.signal,
      }).catch(
        () => undefined, // stopped
      );
    }
  }

  function sampleSet(host: string, timeMs: number): readonly WrittenSeries[] {
    const at = (name: string, value: number, more = {}): WrittenSeries => ({
      labels: { __name__: name, instance: host, job: 'node', ...more },
      points: [[timeMs, value]],
    });
    const phase = condition(host);
    return [
      ...Array.from({ length: seriesPerHost }, (_, index) => at(`scale_${index}`, (timeMs % 1e7) + index)),
      ...(phase === undefined ? [] : [at('scale_condition', 1, { phase })]),
    ];
  }

  async function sendUntilAccepted(isWriting: boolean, body: Uint8Array): Promise<void> {
    const path = isWriting ? '/api/v1/write' : '/api/v1/metrics/collect';
    const headers = isWriting ? writeHeaders : { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    for (let attempt = 0; ; attempt += 1) {
      if (attempt === 1) counts.repeated += 1;
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, ...headers },
        body,
        signal: AbortSignal.timeout(20_000),
      })
        .then(async (response) => ({ status: response.status, text: await response.text() }))
        .catch(() => undefined); // no answer: sent again
      if (answer?.status === 204 || (answer?.status === 202 && answer.text.includes('"rejected":0,'))) return;
      if (answer !== undefined && answer.status < 500)
        throw new Error(`${path}: status ${answer.status}: ${answer.text.slice(0, 300)}`);
      await sleep(500);
    }
  }

  function note(host: string, series: readonly WrittenSeries[]): void {
    counts.pushes += 1;
    const ofHost = accepted.get(host) ?? new Map<string, Map<number, number>>();
    accepted.set(host, ofHost);
    for (const { labels, points } of series) {
      const name = `${labels['__name__']}${labels['phase'] ?? ''}`;
      const values = ofHost.get(name) ?? new Map<number, number>();
      ofHost.set(name, values);
      for (const [timeMs, value] of points) values.set(timeMs, value as number);
      counts.samples += points.length;
    }
  }

  const running = Promise.all(Array.from({ length: hosts }, (_, index) => runHost(index)));
  running.catch(() => stopping.abort()); // stop() throws the error
  return {
    accepted,
    counts,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function collectBody(host: string, series: readonly WrittenSeries[]): Uint8Array {
  const metrics = series.map(({ labels: { __name__: name, instance: _instance, job: _job, ...tags }, points }) => ({
    name,
    tags,
    points,
  }));
  return gzipSync(JSON.stringify({ host, metrics }));
}
