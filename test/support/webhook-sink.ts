/** Runs a webhook receiver for tests, which records requests and answers as configured. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  /** The body as sent, for signatures. */
  readonly text: string;
}

export interface WebhookSink {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** Sets the status and headers of the following answers. */
  answerWith(status: number, headers?: Readonly<Record<string, string>>): void;
  /** Takes requests from now on and does not answer them. */
  hang(): void;
  /** Unanswered requests whose senders are still connected. */
  hanging(): number;
  /** Answers the unanswered requests with 200. */
  release(): void;
  stop(): Promise<void>;
}

export async function startWebhookSink(): Promise<WebhookSink> {
  const received: ReceivedWebhook[] = [];
  let status = 200;
  let answerHeaders: Readonly<Record<string, string>> = {};
  let isHanging = false;
  const unanswered = new Map<ServerResponse, () => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const record = (): void =>
        void received.push({ headers: request.headers, body: JSON.parse(text) as Record<string, unknown>, text });
      if (!isHanging) {
        if (status === 200) record();
        return void response.writeHead(status, answerHeaders).end();
      }
      unanswered.set(response, () => {
        unanswered.delete(response);
        record();
        response.writeHead(200).end();
      });
      response.once('close', () => unanswered.delete(response));
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
    hanging: () => unanswered.size,
    release() {
      for (const answer of unanswered.values()) answer();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
