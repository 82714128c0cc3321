/** A webhook receiver that fails at random, from a seed: error statuses, closed connections, no answer, lost answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Receipt {
  readonly id: string;
  readonly alert: string;
  readonly status: string;
}

export interface UnreliableSink {
  readonly url: string;
  /** The accepted messages, in order: those that were answered 200, and those with a lost answer. */
  readonly accepted: readonly Receipt[];
  /** Requests that were not answered 200. */
  failures(): number;
  /** Failures after the message was accepted: the connection was closed instead of an answer. */
  lostAnswers(): number;
  /** Answers all following requests with 200. */
  recover(): void;
  stop(): Promise<void>;
}

/**
 * In 1,000 requests, 20 are accepted with a lost answer, 80 are closed, 5 are never answered, 95 are answered 500 and 100 are
 * answered 429. The others are accepted.
 */
export async function startUnreliableSink(seed: number): Promise<UnreliableSink> {
  const random = seededRandom(seed);
  const accepted: Receipt[] = [];
  let failures = 0;
  let lostAnswers = 0;
  let isReliable = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const fate = isReliable ? 1 : random();
      const isLost = fate < 0.02;
      if (isLost || fate >= 0.3) {
        const { id, alert, status } = JSON.parse(Buffer.concat(chunks).toString()) as Receipt;
        accepted.push({ id, alert, status });
      }
      if (fate >= 0.3) return void response.end();
      failures += 1;
      if (isLost) lostAnswers += 1;
      if (fate < 0.1) request.socket.destroy();
      else if (fate >= 0.105)
        response.writeHead(fate < 0.2 ? 500 : 429, fate < 0.25 ? {} : { 'Retry-After': '0' }).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    accepted,
    failures: () => failures,
    lostAnswers: () => lostAnswers,
    recover() {
      isReliable = true;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Returns a generator of numbers in [0, 1): mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
