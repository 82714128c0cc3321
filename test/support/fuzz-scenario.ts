/** Sends hostile requests to a gateway: every request is answered, none with an internal error, and latency and memory stay the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { RunningGateway } from './gateway.ts';
import { cutConnection, type HostileRequest, hostileRequest } from './hostile-requests.ts';
import { seededRandom } from './unreliable-sink.ts';

export interface FuzzReport {
  /** Number of answers by status. */
  readonly statuses: ReadonlyMap<number, number>;
}

const atOnce = 8;

/** Throws for a 5xx that is not backpressure, and for an answer that does not match the schema of its route. */
export async function runFuzz(
  gateway: RunningGateway,
  { requests, seed }: { readonly requests: number; readonly seed: number },
): Promise<FuzzReport> {
  const random = seededRandom(seed);
  const key = await gateway.createKey({ scopes: ['push'] });
  const port = Number(new URL(gateway.url).port);
  const statuses = new Map<number, number>();
  let sent = 0;

  async function send({ what, path, headers, body }: HostileRequest): Promise<void> {
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...headers },
      body,
    });
    const answer = await response.text();
    const { status } = response;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (![202, 204, 400, 413, 415, 429, 503].includes(status))
      throw new Error(`seed ${seed}: ${what} was answered ${status}: ${answer.slice(0, 300)}`);
    if (status >= 400) expect(JSON.parse(answer)).toMatchObject({ status, type: 'about:blank' });
  }

  async function run(): Promise<void> {
    while (sent < requests) {
      sent += 1;
      if (random() < 0.02) await cutConnection({ port, key, random });
      else await send(hostileRequest(random, Date.now()));
    }
  }

  await Promise.all(Array.from({ length: atOnce }, run));
  return { statuses };
}

/** Returns the median duration of eleven valid pushes, in milliseconds. */
export async function normalPushMs(gateway: RunningGateway): Promise<number> {
  const key = await gateway.createKey({ scopes: ['push'] });
  const times: number[] = [];
  for (let push = 0; push < 11; push += 1) {
    const startMs = performance.now();
    const response = await fetch(`${gateway.url}/api/v1/metrics/collect`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ host: 'good', metrics: [{ name: 'node_x', value: push }] }),
    });
    expect([response.status, await response.text()]).toEqual([202, '{"accepted":1,"rejected":0,"errors":[]}']);
    times.push(performance.now() - startMs);
    await sleep(2);
  }
  return times.sort((a, b) => a - b)[5] as number;
}
