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
      { name: 'Ops', address: 'ops@example.com' },
      { name: '', address: 'second@example.com' },
    ],
    host: 'localhost',
    port: sink.port,
    tls: options.tls ?? 'none',
    caFile: undefined,
    ca: undefined,
    hello: undefined,
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
  test.each(['mail.example.com', '[192.0.2.7]'])('the name in EHLO: %s', async (hello) => {
    const channel = await channelTo({}, { hello });
    expect(await channel.deliver(firingMessage, context)).toMatchObject({ kind: 'ok' });
    expect(sink.received.map(({ hostName }) => hostName)).toEqual([hello]);
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
      expect(await channel.deliver(firingMessage, context)).toMatchObject({ kind: 'retry' });
      expect(sink.received).toEqual([]);
    },
  );

  test('starttls: nothing is sent to a server that does not support it', async () => {
    const channel = await channelTo({ tls: 'none' }, { tls: 'starttls', ...user });
    expect(await channel.deliver(firingMessage, context)).toMatchObject({ kind: 'retry' });
    expect(sink.received).toEqual([]);
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
