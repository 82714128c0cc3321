/** A receiver of webhooks for tests: a real server that keeps what it got and answers as it is told. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  /** As sent, for signatures. */
  readonly text: string;
}

export interface WebhookSink {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** The status and headers of the answers from now on. */
  answerWith(status: number, headers?: Readonly<Record<string, string>>): void;
  /** Takes requests from now on and never answers them. */
  hang(): void;
  /** Requests that hang, their senders alive. */
  hanging(): number;
  stop(): Promise<void>;
}

export async function startWebhookSink(): Promise<WebhookSink> {
  const received: ReceivedWebhook[] = [];
  let status = 200;
  let answerHeaders: Readonly<Record<string, string>> = {};
  let isHanging = false;
  let hanging = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      if (status === 200 && !isHanging)
        received.push({ headers: request.headers, body: JSON.parse(text) as Record<string, unknown>, text });
      if (!isHanging) return void response.writeHead(status, answerHeaders).end();
      hanging += 1;
      response.once('close', () => (hanging -= 1));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    received,
    answerWith(next, headers = {}) {
      status = next;
      answerHeaders = headers;
      isHanging = false;
    },
    hang() {
      isHanging = true;
    },
    hanging: () => hanging,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
