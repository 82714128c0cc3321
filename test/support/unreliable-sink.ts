/** Runs a webhook receiver with random faults from a seed: errors, closed connections, no answer, lost answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Receipt {
  readonly id: string;
  readonly alert: string;
  readonly status: string;
}

export interface UnreliableSink {
  readonly url: string;
  /** Accepted requests in order, answered with 200 unless the answer was lost. */
  readonly accepted: readonly Receipt[];
  /** Requests not answered with 200. */
  failures(): number;
  /** Accepted requests whose answer was replaced by a closed connection. */
  lostAnswers(): number;
  /** Answers every further request with 200. */
  recover(): void;
  stop(): Promise<void>;
}

/**
 * Starts the receiver. It accepts 2 % of requests without an answer, disconnects 8 %, answers 10 % with 500 and 10 % with 429,
 * and never answers one in two hundred. It accepts the others.
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

/** Returns a number in [0, 1). Source: mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
