/** The email channel against a real SMTP server: the mails that arrive, and the classification of refusals. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Channel } from '../../../../alert-relay/channel/channel.ts';
import { createEmailChannel } from '../../../../alert-relay/channels/email/channel.ts';
import { type EmailSettings, tryParseAddress } from '../../../../alert-relay/channels/email/settings.ts';
import { Secret } from '../../../../common/program/settings/secret.ts';
import { groupCases, messageCases } from '../../../support/alert-messages.ts';
import { createAuthority } from '../../../support/certificates.ts';
import { context } from '../../../support/channel-contract.ts';
import { type MailRefusals, type MailSink, type MailSinkOptions, startMailSink } from '../../../support/mail-sink.ts';
import { firingMessage } from '../../../support/message.ts';
import { named } from '../../../support/named.ts';

let sink: MailSink;
afterEach(() => sink.stop());

async function channelTo(options: MailSinkOptions = {}, overrides: Partial<EmailSettings> = {}): Promise<Channel> {
  sink = await startMailSink(options);
  const settings: EmailSettings = {
    type: 'email',
    from: { name: 'hostpulse', address: 'relay@example.com' },
    to: [
      { name: 'Ops', address: 'ops@example.com', timeZone: undefined },
      { name: '', address: 'second@example.com', timeZone: undefined },
    ],
    replyTo: undefined,
    host: 'localhost',
    port: sink.port,
    tls: options.tls ?? 'none',
    caFile: undefined,
    ca: undefined,
    ehloName: undefined,
    username: undefined,
    password: undefined,
    timeoutMs: 5_000,
    messagesPerMinute: 60,
    picture: true,
    ...overrides,
  };
  return createEmailChannel({ name: 'mail', settings });
}

/** Returns the parts of a multipart message or part, with their headers. */
function partsOf(source: string): readonly string[] {
  const boundary = /boundary="?([^"\r\n;]+)/.exec(source)?.[1] ?? 'none';
  return source
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => part.replace(/^\r\n/, ''));
}

describe('mails', () => {
  test.each(['mail.example.com', '[192.0.2.7]'])('the name in EHLO: %s', async (ehloName) => {
    const channel = await channelTo({}, { ehloName });
    expect(await channel.deliver(firingMessage, context)).toMatchObject({ kind: 'ok' });
    expect(sink.received.map(({ hostName }) => hostName)).toEqual([ehloName]);
  });

  test('HTML and text go to the configured recipients in one thread', async () => {
    const channel = await channelTo();
    const id = '<hostpulse.1772366400123.42@example.com>';
    expect(await channel.deliver(firingMessage, context)).toEqual({ kind: 'ok', receipt: id });
    const { resolved } = messageCases;
    if (resolved === undefined) throw new Error('no case');
    expect(await channel.deliver({ ...resolved, id: 44 }, { ...context, previous: id })).toEqual({
      kind: 'ok',
      receipt: id,
    });
    expect(sink.received).toHaveLength(2);
    const [first, second] = sink.received;
    expect(first?.to).toEqual(['ops@example.com', 'second@example.com']);
    expect(first?.from).toBe('relay@example.com');
    expect(first?.headers.get('subject')).toBe('[warning] CpuUsageHigh on web-1');
    expect(first?.headers.get('message-id')).toBe(id);
    expect(first?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(first?.headers.get('content-type')).toMatch(/^multipart\/alternative/);
    expect(first?.source).toMatch(/text\/plain[\s\S]*text\/html/);
    expect(second?.headers.get('subject')).toBe('Re: [warning] CpuUsageHigh on web-1');
    expect(second?.headers.get('references')).toBe(id);
    expect(second?.headers.get('in-reply-to')).toBe(id);
    expect(second?.headers.get('message-id')).toBe('<hostpulse.1772366400123.44@example.com>');
  });

  test('the HTML refers to the picture by its id; text readers get an attachment', async () => {
    const channel = await channelTo();
    const png = Buffer.from('89504e470d0a1a0a00ff', 'hex');
    const picture = { png, alt: 'The last hour & its "threshold"' };
    const tryPicture = () => Promise.resolve(picture);
    await channel.deliver(firingMessage, { ...context, tryPicture });
    await channel.groups?.deliver(named(groupCases, 'group-firing'), { ...context, tryPicture });
    expect(sink.received).toHaveLength(2);
    for (const { source, headers } of sink.received) {
      expect(headers.get('content-type')).toMatch(/^multipart\/related; type="multipart\/alternative"; boundary=/);
      const root = partsOf(source);
      expect(root).toHaveLength(2);
      const [alternatives = '', image = ''] = root;
      expect(alternatives).toMatch(/^Content-Type: multipart\/alternative/);
      const [text, html] = partsOf(alternatives);
      expect(text?.replaceAll('=\r\n', '')).toMatch(/Picture \(attached, [A-Za-z0-9-]+\.png\): The last hour/);
      expect(html?.replaceAll('=\r\n', '')).toMatch(/<img src=3D"cid:picture@hostpulse"/);
      expect(image).toMatch(/^Content-Type: image\/png; name=[A-Za-z0-9-]+\.png\r\n/);
      expect(image).toContain('Content-ID: <picture@hostpulse>\r\n');
      expect(image).toMatch(/Content-Disposition: inline; filename=[A-Za-z0-9-]+\.png\r\n/);
      expect(Buffer.from(image.split('\r\n\r\n')[1] ?? '', 'base64')).toEqual(png);
    }
  });

  test.each([
    ['not wanted', false, { png: Buffer.from('x'), alt: 'x' }],
    ['not to be had', true, undefined],
  ])('a picture that is %s leaves no trace', async (_why, picture, made) => {
    const channel = await channelTo({}, { picture });
    await channel.deliver(firingMessage, { ...context, tryPicture: () => Promise.resolve(made) });
    expect(sink.received[0]?.headers.get('content-type')).toMatch(/^multipart\/alternative/);
    expect(sink.received[0]?.source).not.toMatch(/cid:|image\/png|Picture/);
  });

  test('the text of an alert adds no header and no recipient', async () => {
    const channel = await channelTo();
    const names: string[] = [];
    const pictured = {
      ...context,
      tryPicture: () => Promise.resolve({ png: Buffer.from('x'), alt: 'x\r\nX-Evil: 1' }),
    };
    for (const message of Object.values(messageCases)) await channel.deliver(message, pictured);
    for (const group of Object.values(groupCases)) await channel.groups?.deliver(group, pictured);
    expect(sink.received).toHaveLength(Object.keys(messageCases).length + Object.keys(groupCases).length);
    for (const { headers, to } of sink.received) {
      expect(to).toEqual(['ops@example.com', 'second@example.com']);
      names.push(...headers.keys());
    }
    expect([...new Set(names)].sort()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'from',
      'importance',
      'message-id',
      'mime-version',
      'subject',
      'to',
      'x-hostpulse-notification',
      'x-msmail-priority',
      'x-priority',
    ]);
  });
});

describe('recipients in several time zones', () => {
  const seoul = { name: 'Kim', address: 'kim@example.com', timeZone: 'Asia/Seoul' };
  const ops = { name: '', address: 'ops@example.com', timeZone: undefined };
  const berlin = { name: '', address: 'b@example.com', timeZone: 'Europe/Berlin' };

  test('each zone gets a mail with its times, in the same thread', async () => {
    const channel = await channelTo({}, { to: [ops, seoul, { ...ops, address: 'o2@example.com' }, berlin] });
    expect(await channel.deliver(firingMessage, context)).toEqual({ kind: 'ok', receipt: expect.any(String) });
    await channel.groups?.deliver(named(groupCases, 'group-firing'), context);
    const times = sink.received.map(({ to, source }) => [to, /2026-03-01 \d\d:00:00 [A-Z0-9+]+/.exec(source)?.[0]]);
    const zones = [
      [['ops@example.com', 'o2@example.com'], '2026-03-01 12:00:00 UTC'],
      [['kim@example.com'], '2026-03-01 21:00:00 GMT+9'],
      [['b@example.com'], '2026-03-01 13:00:00 CET'],
    ];
    expect(times).toEqual([...zones, ...zones]);
    expect(new Set(sink.received.map(({ headers }) => headers.get('message-id'))).size).toBe(2);
  });

  test('a retry sends nothing to the zones that have the mail', async () => {
    const channel = await channelTo({}, { to: [ops, seoul] });
    sink.refuse({ to: (address) => (address === 'kim@example.com' ? 450 : undefined) });
    expect(await channel.deliver(firingMessage, context)).toMatchObject({ kind: 'retry' });
    expect(await channel.deliver(firingMessage, context)).toMatchObject({ kind: 'retry' });
    sink.refuse({});
    expect(await channel.deliver(firingMessage, context)).toEqual({ kind: 'ok', receipt: expect.any(String) });
    expect(sink.received.map(({ to }) => to)).toEqual([['ops@example.com'], ['kim@example.com']]);
  });

  test('a zone that is refused for good is a warning', async () => {
    const channel = await channelTo({}, { to: [ops, seoul] });
    sink.refuse({ to: (address) => (address === 'kim@example.com' ? 550 : undefined) });
    expect(await channel.deliver(firingMessage, context)).toMatchObject({
      kind: 'ok',
      warning: 'the server refused 1 of 2 recipients',
    });
    sink.refuse({ to: () => 550 });
    expect(await channel.deliver(firingMessage, context)).toMatchObject({ kind: 'drop' });
  });
});

test('answers go to reply_to, and no header offers to unsubscribe', async () => {
  const channel = await channelTo({}, { replyTo: { name: 'On call', address: 'oncall@example.com' } });
  await channel.deliver(firingMessage, context);
  const [mail] = sink.received;
  expect(mail?.headers.get('reply-to')).toBe('On call <oncall@example.com>');
  expect([...(mail?.headers.keys() ?? [])].filter((name) => name.startsWith('list-'))).toEqual([]);
});

describe('refusals', () => {
  const refusals: readonly (readonly [string, MailRefusals, object])[] = [
    ['sender later', { from: 451 }, { kind: 'retry', reason: 'SMTP 451: not from you' }],
    ['sender never', { from: 550 }, { kind: 'drop', reason: 'SMTP 550: not from you' }],
    ['recipients later', { to: () => 450 }, { kind: 'retry', reason: expect.stringMatching(/^SMTP 450/) }],
    ['recipients never', { to: () => 550 }, { kind: 'drop', reason: expect.stringMatching(/^SMTP 550/) }],
    ['data later', { data: 452 }, { kind: 'retry', reason: expect.stringMatching(/^SMTP 452/) }],
    ['data never', { data: 554 }, { kind: 'drop', reason: expect.stringMatching(/^SMTP 554/) }],
    [
      'one recipient of two',
      { to: (address) => (address.startsWith('second') ? 550 : undefined) },
      { kind: 'ok', warning: 'the server refused 1 of 2 recipients' },
    ],
  ];

  test.each(refusals)('%s', async (_name, refusal, outcome) => {
    const channel = await channelTo();
    sink.refuse(refusal);
    expect(await channel.deliver(firingMessage, context)).toMatchObject(outcome);
  });

  test.each([
    [535, 'drop'],
    [454, 'retry'],
  ] as const)('credentials: %d', async (code, kind) => {
    const channel = await channelTo({}, { username: 'relay', password: new Secret('wr0ng') });
    sink.refuse({ auth: code });
    expect(await channel.deliver(firingMessage, context)).toEqual({ kind, reason: `SMTP ${code}` });
  });
});

describe('encryption', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-mail-'));
  const authority = createAuthority(folder, 'ca');
  const files = authority.issue('server', 'DNS:localhost');
  const [key, cert] = [readFileSync(files.keyFile, 'utf8'), readFileSync(files.certFile, 'utf8')];
  const ca = readFileSync(authority.certFile, 'utf8');
  const user = { username: 'relay', password: new Secret('s3cret') };

  test.each(['starttls', 'implicit'] as const)('%s, with credentials and a private CA', async (tls) => {
    const channel = await channelTo({ tls, key, cert }, { ca, ...user });
    expect(await channel.deliver(firingMessage, context)).toMatchObject({ kind: 'ok' });
    expect(sink.received).toMatchObject([{ isEncrypted: true, user: 'relay' }]);
  });

  test.each(['starttls', 'implicit'] as const)(
    '%s: nothing is sent to a server with an untrusted certificate',
    async (tls) => {
      const channel = await channelTo({ tls, key, cert }, user);
      expect(await channel.deliver(firingMessage, context)).toEqual({
        kind: 'retry',
        reason: "ESOCKET: the server's certificate is from an unknown authority; set ca_file to the CA's certificate",
      });
      expect(sink.received).toEqual([]);
    },
  );

  test('starttls: nothing is sent to a server that does not support it', async () => {
    const channel = await channelTo({ tls: 'none' }, { tls: 'starttls', ...user });
    expect(await channel.deliver(firingMessage, context)).toEqual({
      kind: 'retry',
      reason: 'ETLS: the server does not offer STARTTLS on this port; use tls: implicit with port 465',
    });
    expect(sink.received).toEqual([]);
  });

  test('the certificate of another server', async () => {
    const other = authority.issue('other', 'DNS:elsewhere.example');
    const [otherKey, otherCert] = [readFileSync(other.keyFile, 'utf8'), readFileSync(other.certFile, 'utf8')];
    const channel = await channelTo({ tls: 'starttls', key: otherKey, cert: otherCert }, { ca, ...user });
    expect(await channel.deliver(firingMessage, context)).toEqual({
      kind: 'retry',
      reason: "ESOCKET: the server's certificate is for another name than host",
    });
  });

  test('implicit: a port without encryption', async () => {
    const channel = await channelTo({ tls: 'none' }, { tls: 'implicit', ...user });
    expect(await channel.deliver(firingMessage, context)).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('the port does not speak TLS'),
    });
  });
});

test('addresses', async () => {
  sink = await startMailSink();
  expect(tryParseAddress('ops@example.com')).toEqual({ name: '', address: 'ops@example.com' });
  expect(tryParseAddress('Ops Team <ops@example.com>')).toEqual({ name: 'Ops Team', address: 'ops@example.com' });
  expect(tryParseAddress('"Ops, Team" <ops@example.com>')).toEqual({ name: 'Ops, Team', address: 'ops@example.com' });
  for (const bad of [
    '',
    'ops',
    'a@b@c',
    'a@b, c@d',
    'a@b\r\nBcc: c@d',
    'x\r\nBcc: y <a@b>',
    '<a@b',
    'a b@c',
    '@b',
    'a@',
  ])
    expect(tryParseAddress(bad)).toBeUndefined();
});
