/**
 * Every channel that calls an HTTP API fulfils one contract, against a local server that enforces the limits of the service and
 * repeats its errors. The requests are golden files: test/cases/alert-relay/channels/<type>/.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Channel, ChannelOutcome } from '../../../alert-relay/channel/channel.ts';
import { channelsType, channelTypes } from '../../../alert-relay/channels/index.ts';
import type { Message } from '../../../alert-relay/text/message.ts';
import { groupCases, messageCases } from '../../support/alert-messages.ts';
import { context, testChannelContract } from '../../support/channel-contract.ts';
import { expectGolden } from '../../support/golden.ts';
import { firingMessage } from '../../support/message.ts';
import { named } from '../../support/named.ts';
import { createServiceChannel } from '../../support/service-channel.ts';
import {
  type ServiceAnswer,
  type ServiceRequest,
  type ServiceSink,
  startServiceSink,
} from '../../support/service-sink.ts';
import { type Service, services } from '../../support/services.ts';

const cases = join(import.meta.dirname, '../../cases/alert-relay/channels');
const now = () => Date.parse('2026-03-01T12:00:00Z');

/** Channels with tests of another kind: index.test.ts, slack/, email/ and webhook.test.ts. */
const others: readonly string[] = ['slack', 'email', 'webhook'];

interface Overrides {
  readonly timeoutMs?: number;
  readonly tree?: Readonly<Record<string, unknown>>;
}

function channelOf(service: Service, url: string, { timeoutMs, tree }: Overrides = {}): Channel {
  return createServiceChannel({ ...service.settings(url), ...tree }, { now, timeoutMs });
}

/** Renders a request without values that differ from run to run. */
function renderRequest({ method, url, headers, json, form, files, body }: ServiceRequest): object {
  const type = (headers['content-type'] ?? '').replace(/;.*/, '');
  const shown = Object.entries(headers).filter(
    ([name]) =>
      !/^(?:host|user-agent|accept|accept-encoding|connection|content-length|content-type|transfer-encoding)$/.test(
        name,
      ),
  );
  const content =
    json !== undefined
      ? { json }
      : Object.keys(form).length > 0 || files.length > 0
        ? { form, ...(files.length > 0 && { files }) }
        : { bytes: body.length };
  return {
    method,
    path: url.pathname + url.search,
    headers: { ...Object.fromEntries(shown), 'content-type': type },
    ...content,
  };
}

function renderRequests(requests: readonly ServiceRequest[], secrets: readonly string[]): string {
  let text = `${JSON.stringify(requests.map(renderRequest), null, 2)}\n`.replaceAll(
    /eyJ[\w-]+\.[\w-]+\.[\w-]+/g,
    '<signed claims>',
  );
  for (const secret of secrets) text = text.replaceAll(secret, '<secret>');
  return text;
}

const types = channelTypes.map(({ type }) => type).filter((type) => !others.includes(type));

test('every channel has a service and a case folder, and the reverse', () => {
  expect(types.length).toBeGreaterThan(15);
  expect(Object.keys(services).sort()).toEqual([...types].sort());
  expect(readdirSync(cases).sort()).toEqual([...types].sort());
});

interface RecordedAnswer extends ServiceAnswer {
  readonly name: string;
  readonly outcome: { readonly kind: string; readonly reason?: string; readonly afterMs?: number };
}

function readAnswers(type: string): readonly RecordedAnswer[] {
  return JSON.parse(readFileSync(join(cases, type, 'answers.json'), 'utf8')) as readonly RecordedAnswer[];
}

const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex');
const withPicture = { ...context, tryPicture: () => Promise.resolve({ png, alt: 'The last hour of cpu.usage.total' }) };

describe.each(types)('%s', (type) => {
  const service = named(services, type);
  const { secrets, isLive = false } = service;
  const answers = readAnswers(type);
  let sink: ServiceSink;
  let respond: (request: ServiceRequest) => ServiceAnswer;
  beforeAll(async () => {
    sink = await startServiceSink((request) => respond(request));
  });
  beforeEach(() => {
    respond = service.create();
    sink.answerWith(undefined);
    sink.clear();
  });
  afterAll(() => sink.stop());

  const channel = (overrides?: Overrides): Channel => channelOf(service, sink.url, overrides);

  function expectNoSecret(value: unknown): void {
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(JSON.stringify(value)).not.toContain(secret);
  }

  async function deliverFiring(): Promise<string | undefined> {
    const outcome = await channel().deliver(named(messageCases, 'firing'), context);
    if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
    return outcome.receipt;
  }

  function golden(name: string): void {
    expect(sink.requests.length).toBeGreaterThan(0);
    expectGolden(join(cases, type, `${name}.json`), renderRequests(sink.requests, secrets));
  }

  describe('contract', () => {
    testChannelContract({
      create: (port, timeoutMs) => channelOf(service, `http://127.0.0.1:${port}`, { timeoutMs }),
      secrets,
    });
  });

  test('the printed configuration is valid and has no secrets', () => {
    const parsed = channelsType.parse({ ops: service.settings(sink.url) });
    if (!('value' in parsed)) throw new Error(JSON.stringify(parsed));
    const printed = channelsType.print(parsed.value) as Readonly<Record<string, unknown>>;
    expectNoSecret(printed);
    expect(Object.keys(printed['ops'] as object)).toEqual(
      expect.arrayContaining(Object.keys(service.settings(sink.url))),
    );
  });

  describe('messages', () => {
    test.each(Object.entries(messageCases))('%s', async (name, message) => {
      const isFirst = message.status === 'firing' && !message.isReminder;
      const previous = isFirst ? undefined : await deliverFiring();
      sink.clear();
      expect(await channel().deliver(message, { ...context, previous })).toMatchObject({ kind: 'ok' });
      golden(name);
    });

    test.each(Object.entries(groupCases))('%s', async (name, group) => {
      const { groups } = channel();
      if (groups === undefined) return expect(existsSync(join(cases, type, `${name}.json`))).toBe(false);
      expect(groups.canUpdate).toBe(isLive);
      const first = named(groupCases, 'group-firing');
      const sent = group.news.status === 'resolved' ? await groups.deliver(first, context) : undefined;
      const previous = sent?.kind === 'ok' ? sent.receipt : undefined;
      sink.clear();
      expect(await groups.deliver(group, { ...context, previous })).toMatchObject({ kind: 'ok' });
      golden(name);
    });

    test('a deleted message is sent again', async () => {
      if (!isLive || type === 'matrix') return; // a homeserver accepts changes of deleted messages
      await deliverFiring();
      respond = service.create(); // a service without messages
      const outcome = await channel().deliver(named(messageCases, 'resolved'), {
        ...context,
        previous: type === 'telegram' ? '-1001:99' : '99',
      });
      expect(outcome).toEqual({ kind: 'ok', receipt: type === 'telegram' ? '-1001:1' : '1' });
    });

    test('a message of fifty kilobytes in each field fits', async () => {
      const long = 'x & <b> [y](z) @channel 한글 🔥 '.repeat(1_500);
      const links = {
        graph: `https://x.example/${'g'.repeat(1_500)}`,
        alert: 'https://x.example/alerts/7',
        silence: `https://x.example/${'s'.repeat(20_000)}`,
        ack: undefined,
        runbook: undefined,
      };
      const message: Message = {
        ...firingMessage,
        alertname: long,
        host: long,
        summary: long,
        description: long,
        links,
        labels: { a: long, b: long },
      };
      expect(await channel().deliver(message, context)).toMatchObject({ kind: 'ok' });
      const sent = Buffer.concat(sink.requests.map(({ body }) => body)).toString();
      const decoded = decodeURIComponent(sent.replaceAll('+', ' ').replaceAll(/%(?![0-9A-F]{2})/g, '%25'));
      if (type !== 'custom') expect(decoded).toMatch(/x\.example\/alerts\/7/);
      expect(decoded).toMatch(type === 'custom' ? /"value": 91\.5/ : /91\.5 %/);
    });
  });

  describe('answers', () => {
    test.each(answers.map((answer) => [answer.name, answer] as const))('%s', async (_name, { outcome, ...answer }) => {
      sink.answerWith(answer);
      const got = await channel().deliver(firingMessage, context);
      expect(got.kind === 'ok' ? { kind: 'ok' } : got).toEqual(outcome);
    });

    test.each([
      [301, 'drop'],
      [400, 'drop'],
      [401, 'drop'],
      [403, 'drop'],
      [404, 'drop'],
      [405, 'drop'],
      [408, 'retry'],
      [409, 'drop'],
      [410, 'drop'],
      [413, 'drop'],
      [422, 'drop'],
      [425, 'retry'],
      [429, 'retry'],
      [500, 'retry'],
      [501, 'retry'],
      [502, 'retry'],
      [503, 'retry'],
      [504, 'retry'],
      [507, 'retry'],
    ])('HTTP %d without an answer of the service', async (status, kind) => {
      sink.answerWith({ status, body: '<html>proxy</html>' });
      expect(await channel().deliver(firingMessage, context)).toEqual({
        kind,
        reason: expect.stringContaining(`HTTP ${status}`),
      });
    });

    test('Retry-After of a proxy', async () => {
      sink.answerWith({ status: 503, headers: { 'Retry-After': '17' } });
      expect(await channel().deliver(firingMessage, context)).toMatchObject({ kind: 'retry', afterMs: 17_000 });
    });

    test('wrong credentials are refused, and the reason does not show them', async () => {
      const wrong = service.settings(sink.url);
      const changed = Object.fromEntries(
        Object.entries(wrong).map(([name, value]) => [
          name,
          typeof value === 'string' ? value.replaceAll('s3cret', 'wr0ng') : value,
        ]),
      );
      const outcome = await channel({ tree: changed }).deliver(firingMessage, context);
      expect(outcome).toMatchObject({ kind: 'drop' });
      expect(JSON.stringify(outcome)).not.toContain('wr0ng');
    });

    test('an error that repeats the request', async () => {
      const texts = secrets.flatMap((secret) => [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64'),
      ]);
      const said: ChannelOutcome[] = [];
      const used = channel();
      expect(await used.deliver(firingMessage, context)).toMatchObject({ kind: 'ok' }); // it has a token now
      for (const echoed of texts) {
        const error = `refused: ${sink.url}/${echoed}`;
        const nested = { code: error, message: error };
        const body = {
          ok: false,
          success: false,
          status: 0,
          result: 'error',
          message: error,
          error: type === 'rocketchat' || type === 'ntfy' ? error : nested,
          errors: [error],
          description: error,
          msg: error,
          errmsg: error,
          errcode: error,
          errorDescription: error,
          code: error,
        };
        for (const status of [200, 400, 429, 500]) {
          sink.answerWith({ status, body });
          said.push(await used.deliver(firingMessage, context));
        }
      }
      expect(said.length).toBeGreaterThan(0);
      for (const outcome of said) expectNoSecret(outcome);
    });
  });

  test('a picture follows the first message and the resolution, and no reminder', async () => {
    const accepts = 'value' in channelsType.parse({ ops: { ...service.settings(sink.url), picture: true } });
    if (!accepts) return;
    const first = await channel().deliver(named(messageCases, 'firing'), withPicture);
    if (first.kind !== 'ok') throw new Error(JSON.stringify(first));
    sink.clear();
    if (type === 'pushover') {
      await channel().deliver(named(messageCases, 'firing'), withPicture);
      return golden('picture');
    }
    expect(await first.followUp?.(context.signal)).toBeUndefined();
    golden('picture');
    const previous = first.receipt;
    const reminder = await channel().deliver(named(messageCases, 'reminder'), { ...withPicture, previous });
    expect(reminder).not.toHaveProperty('followUp');
    expect(await channel().deliver(named(messageCases, 'resolved'), { ...withPicture, previous })).toHaveProperty(
      'followUp',
    );
    expect(await channel({ tree: { picture: false } }).deliver(firingMessage, withPicture)).not.toHaveProperty(
      'followUp',
    );
    const refused = await channel().deliver(firingMessage, withPicture);
    sink.answerWith({ status: 413, body: 'too large' });
    const fault = refused.kind === 'ok' ? await refused.followUp?.(context.signal) : undefined;
    expect(fault).toMatch(/^the picture was not accepted: HTTP 413/);
    expectNoSecret(fault);
  });
});

test('every golden file has a case', () => {
  for (const type of types) {
    const names = ['answers', 'picture', ...Object.keys(messageCases), ...Object.keys(groupCases)].map(
      (name) => `${name}.json`,
    );
    expect(names).toEqual(expect.arrayContaining(readdirSync(join(cases, type))));
  }
});
