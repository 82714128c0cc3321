/** The webhook channel against real receivers: the request, and the classification of responses. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createWebhookChannel } from '../../../alert-relay/channels/webhook.ts';
import { renderWebhookBody } from '../../../alert-relay/channels/webhook-body.ts';
import { renderWebhookSchema, schemaPath } from '../../../alert-relay/generate.ts';
import type { Message } from '../../../alert-relay/text/message.ts';
import { Secret } from '../../../common/program/settings/secret.ts';
import { firingMessage } from '../../support/message.ts';
import { freePort } from '../../support/process.ts';
import { startWebhookSink, type WebhookSink } from '../../support/webhook-sink.ts';

const nowMs = Date.parse('2026-03-01T12:05:00.900Z');
const never = { signal: new AbortController().signal, previous: undefined };
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function sinkServer(): Promise<WebhookSink> {
  const sink = await startWebhookSink();
  stops.push(() => sink.stop());
  return sink;
}

function channelTo(url: string, { secret, timeoutMs = 5_000 }: { secret?: string; timeoutMs?: number } = {}) {
  return createWebhookChannel({
    name: 'ops',
    settings: {
      type: 'webhook',
      url: new Secret(url),
      secret: secret === undefined ? undefined : new Secret(secret),
      timeoutMs,
      messagesPerMinute: undefined,
    },
    now: () => nowMs,
  });
}

describe('the request', () => {
  test('JSON, signed over timestamp and body, with the id of the notification', async () => {
    const sink = await sinkServer();
    expect(await channelTo(sink.url, { secret: 'key' }).deliver(firingMessage, never)).toEqual({ kind: 'ok' });
    expect(sink.received).toHaveLength(1);
    const [received] = sink.received;
    if (received === undefined) throw new Error('nothing was received');
    const { headers, text } = received;
    expect(headers['content-type']).toBe('application/json');
    expect(headers['idempotency-key']).toBe('42');
    expect(headers['x-hostpulse-timestamp']).toBe('1772366700');
    const hmac = createHmac('sha256', 'key').update(`1772366700.${text}`).digest('hex');
    expect(headers['x-hostpulse-signature']).toBe(`v1=${hmac}`);
    expect(JSON.parse(text)).toEqual({
      version: '1',
      id: '42',
      status: 'firing',
      reminder: false,
      news: 'alert',
      acknowledgement: null,
      announced: true,
      host_down: false,
      alert: 'CpuUsageHigh',
      severity: 'warning',
      host: 'web-1',
      metric: 'cpu.usage.total',
      unit: 'percent',
      value: 91.5,
      threshold: 80,
      summary: 'web-1: CPU usage is 91.5 %',
      description: 'Above 80 % for 5m.',
      started_at: '2026-03-01T12:00:00.123Z',
      ended_at: null,
      episode: { id: 7, fingerprint: 'abcdef0123456789' },
      labels: { alertname: 'CpuUsageHigh', instance: 'web-1', severity: 'warning' },
      annotations: { value: '91.5' },
      links: {
        graph: 'https://monitor.example/graph?expr=x',
        alert: 'https://monitor.example/alerts/7',
        silence: null,
        acknowledge: null,
        runbook: null,
      },
    });
  });

  test('no signature without a secret', async () => {
    const sink = await sinkServer();
    await channelTo(sink.url).deliver(firingMessage, never);
    expect(Object.keys(sink.received[0]?.headers ?? {})).not.toContain('x-hostpulse-signature');
  });

  test('the body matches the published schema, which is generated from the code', () => {
    const published = readFileSync(join(import.meta.dirname, '../../..', schemaPath), 'utf8');
    expect(published).toBe(renderWebhookSchema());
    const validate = new Ajv2020({ validateFormats: false }).compile(JSON.parse(published) as object);
    const unknown: Message = {
      ...firingMessage,
      status: 'resolved',
      endsAtMs: nowMs,
      value: undefined,
      threshold: undefined,
      host: undefined,
      severity: undefined,
    };
    for (const message of [firingMessage, unknown]) {
      const body = renderWebhookBody(message);
      validate(body);
      expect(validate.errors).toBeNull();
      expect(Object.keys(body)).toEqual(Object.keys((JSON.parse(published) as { properties: object }).properties));
    }
    expect(validate({ ...renderWebhookBody(firingMessage), status: 'gone' })).toBe(false);
  });
});

describe('the response', () => {
  const answers = [
    [200, {}, { kind: 'ok' }],
    [202, {}, { kind: 'ok' }],
    [204, {}, { kind: 'ok' }],
    [301, { Location: '/elsewhere' }, { kind: 'drop', reason: expect.stringMatching(/HTTP 301: redirects/) }],
    [400, {}, { kind: 'drop', reason: 'HTTP 400' }],
    [401, {}, { kind: 'drop', reason: 'HTTP 401' }],
    [404, {}, { kind: 'drop', reason: 'HTTP 404' }],
    [408, {}, { kind: 'retry', reason: 'HTTP 408' }],
    [410, {}, { kind: 'drop', reason: 'HTTP 410' }],
    [429, {}, { kind: 'retry', reason: 'HTTP 429' }],
    [429, { 'Retry-After': '7' }, { kind: 'retry', reason: 'HTTP 429', afterMs: 7_000 }],
    [503, { 'Retry-After': 'Sun, 01 Mar 2026 12:06:00 GMT' }, { kind: 'retry', reason: 'HTTP 503', afterMs: 59_100 }],
    [429, { 'Retry-After': 'soon' }, { kind: 'retry', reason: 'HTTP 429' }],
    [500, {}, { kind: 'retry', reason: 'HTTP 500' }],
    [502, {}, { kind: 'retry', reason: 'HTTP 502' }],
  ] as const;

  test.each(answers)('%d %j', async (status, headers, outcome) => {
    const sink = await sinkServer();
    sink.answerWith(status, headers);
    expect(await channelTo(sink.url).deliver(firingMessage, never)).toEqual(outcome);
  });

  test('a redirect is not followed', async () => {
    const target = await sinkServer();
    const sink = await sinkServer();
    sink.answerWith(307, { Location: target.url });
    await channelTo(sink.url).deliver(firingMessage, never);
    expect(target.received).toEqual([]);
  });

  test('the response body is not read', async () => {
    const url = await rawServer((server) => {
      server.on('request', (_request, response) => {
        response.writeHead(200);
        response.write('x'.repeat(1_000)); // and never ends
      });
    });
    expect(await channelTo(url, { timeoutMs: 2_000 }).deliver(firingMessage, never)).toEqual({ kind: 'ok' });
  });
});

describe('no response', () => {
  test('nothing listens on the port', async () => {
    const url = `http://127.0.0.1:${await freePort()}/token-in-the-path`;
    expect(await channelTo(url).deliver(firingMessage, never)).toEqual({ kind: 'retry', reason: 'ECONNREFUSED' });
  });

  test('the receiver does not answer in time', async () => {
    const sink = await sinkServer();
    sink.hang();
    const outcome = await channelTo(sink.url, { timeoutMs: 100 }).deliver(firingMessage, never);
    expect(outcome).toEqual({ kind: 'retry', reason: 'no answer within 0.1 s' });
  });

  test('the receiver closes the connection', async () => {
    const url = await rawServer((server) => server.on('request', (request) => request.socket.destroy()));
    expect(await channelTo(url).deliver(firingMessage, never)).toEqual({ kind: 'retry', reason: 'ECONNRESET' });
  });

  test('the relay stops during the request', async () => {
    const sink = await sinkServer();
    sink.hang();
    const stopping = new AbortController();
    const outcome = channelTo(sink.url).deliver(firingMessage, { ...never, signal: stopping.signal });
    stopping.abort();
    expect(await outcome).toEqual({ kind: 'retry', reason: 'the relay stops' });
  });
});

async function rawServer(prepare: (server: Server) => unknown): Promise<string> {
  const server = createServer();
  prepare(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  stops.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
