/** Runs a server that answers query_range with data of the test and records the requests. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RangeSeries } from '../../common/prometheus/query.ts';

export type RangeAnswer = readonly RangeSeries[] | { readonly error: string } | 'hangs';

export interface RangeSource {
  readonly url: string;
  /** Parameters of each request. */
  readonly asked: readonly URLSearchParams[];
  answerWith(answer: RangeAnswer): void;
  stop(): Promise<void>;
}

export async function startRangeSource(): Promise<RangeSource> {
  const asked: URLSearchParams[] = [];
  let answer: RangeAnswer = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      if (answer === 'hangs') return;
      const body =
        'error' in answer
          ? { status: 'error', errorType: 'bad_data', error: answer.error }
          : { status: 'success', data: { resultType: 'matrix', result: answer.map(toResult) } };
      response.writeHead(body.status === 'error' ? 400 : 200).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answerWith(next) {
      answer = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function toResult({ labels, points }: RangeSeries): Readonly<Record<string, unknown>> {
  return { metric: labels, values: points.map(([timeMs, value]) => [timeMs / 1_000, String(value)]) };
}
