/** Every channel fulfils the contract of channels; every fault of the setting `channels` has its path, and none contains a secret. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { channelsType, createChannel } from '../../../alert-relay/channels/index.ts';
import { Secret } from '../../../common/program/settings/secret.ts';
import { testChannelContract } from '../../support/channel-contract.ts';

describe('contract', () => {
  const now = () => Date.parse('2026-03-01T12:05:00Z');
  const common = { messagesPerMinute: undefined, timeoutMs: 0 };

  describe('webhook', () => {
    testChannelContract({
      create: (port, timeoutMs) => {
        const url = new Secret(`http://127.0.0.1:${port}/s3cret-path`);
        const settings = { ...common, type: 'webhook' as const, url, secret: new Secret('s3cret-key'), timeoutMs };
        return createChannel({ name: 'ops', settings, now });
      },
      secrets: ['s3cret'],
    });
  });

  describe('slack by webhook', () => {
    testChannelContract({
      create: (port, timeoutMs) => {
        const webhookUrl = new Secret(`http://127.0.0.1:${port}/services/s3cret-path`);
        const settings = {
          type: 'slack' as const,
          mode: 'webhook' as const,
          webhookUrl,
          timeoutMs,
          messagesPerMinute: 60,
        };
        return createChannel({ name: 'ops', settings, now });
      },
      secrets: ['s3cret'],
    });
  });

  describe('slack by bot', () => {
    testChannelContract({
      create: (port, timeoutMs) => {
        const settings = {
          type: 'slack' as const,
          mode: 'bot' as const,
          token: new Secret('xoxb-s3cret'),
          channel: '#alerts',
          apiUrl: `http://127.0.0.1:${port}/api`,
          timeoutMs,
          messagesPerMinute: 60,
          picture: true,
        };
        return createChannel({ name: 'ops', settings, now });
      },
      secrets: ['s3cret'],
    });
  });

  describe('email', () => {
    testChannelContract({
      create: (port, timeoutMs) => {
        const settings = {
          type: 'email' as const,
          from: { name: '', address: 'relay@example.com' },
          to: [{ name: '', address: 'ops@example.com', timeZone: undefined }],
          replyTo: undefined,
          host: '127.0.0.1',
          port,
          tls: 'none' as const,
          caFile: undefined,
          ca: undefined,
          ehloName: undefined,
          username: 'relay',
          password: new Secret('s3cret'),
          timeoutMs,
          messagesPerMinute: 60,
          picture: true,
        };
        return createChannel({ name: 'ops', settings, now });
      },
      secrets: ['s3cret', Buffer.from('\0relay\0s3cret').toString('base64')],
    });
  });
});

describe('settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-channels-'));
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, 's3cret\n');

  describe('channels', () => {
    test('a webhook: secrets inline or from files, in the config file or the environment', () => {
      const tree = {
        ops: { type: 'webhook', url: 'https://x.example/t0ken', secret_file: secretFile, timeout: '30m' },
      };
      for (const raw of [tree, JSON.stringify(tree)]) {
        const parsed = channelsType.parse(raw);
        if (!('value' in parsed)) throw new Error(JSON.stringify(parsed));
        const { ops } = parsed.value;
        if (ops?.type !== 'webhook') throw new Error('no webhook');
        expect(ops.url.reveal()).toBe('https://x.example/t0ken');
        expect(ops.secret?.reveal()).toBe('s3cret');
        expect(ops.timeoutMs).toBe(1_800_000);
        expect(channelsType.print(parsed.value)).toEqual({
          ops: { type: 'webhook', url: '<secret>', secret: '<secret>', timeout: '30m' },
        });
      }
    });

    test('Slack and email: defaults, printed in the spelling of the config file', () => {
      const parsed = channelsType.parse({
        hook: { type: 'slack', webhook_url: 'https://hooks.example/t0ken' },
        bot: { type: 'slack', token: 't0ken', channel: '#ops', messages_per_minute: 30 },
        mail: {
          type: 'email',
          from: 'Pulse <pulse@example.com>',
          to: ['ops@example.com', { address: 'Kim <kim@example.com>', time_zone: 'Asia/Seoul' }],
          reply_to: 'oncall@example.com',
          hello: 'relay.example.com',
          host: 'smtp.example.com',
          username: 'pulse',
          password: 't0ken',
        },
      });
      if (!('value' in parsed)) throw new Error(JSON.stringify(parsed));
      expect(channelsType.print(parsed.value)).toEqual({
        hook: { type: 'slack', webhook_url: '<secret>', timeout: '10s', messages_per_minute: 60 },
        bot: {
          type: 'slack',
          token: '<secret>',
          channel: '#ops',
          api_url: 'https://slack.com/api',
          picture: true,
          timeout: '10s',
          messages_per_minute: 30,
        },
        mail: {
          type: 'email',
          from: '"Pulse" <pulse@example.com>',
          to: ['ops@example.com', { address: '"Kim" <kim@example.com>', time_zone: 'Asia/Seoul' }],
          reply_to: 'oncall@example.com',
          ehlo_name: 'relay.example.com',
          host: 'smtp.example.com',
          port: 587,
          tls: 'starttls',
          username: 'pulse',
          password: '<secret>',
          timeout: '30s',
          messages_per_minute: 60,
          picture: true,
        },
      });
    });

    const url = 'https://x.example';
    const slack = { type: 'slack', webhook_url: url };
    const mail = { type: 'email', from: 'a@b.example', to: ['c@d.example'], host: 'smtp.example.com' };
    const faults = [
      ['no map', 'ops', [], /^an object$/, 'a text'],
      ['no type', { ops: { url } }, ['ops', 'type'], /^one of slack, email, webhook, telegram, .*, custom$/, 'nothing'],
      [
        'an unknown type',
        { ops: { type: 'pager', url } },
        ['ops', 'type'],
        /^one of slack, email, webhook, telegram, .*, custom$/,
        '"pager"',
      ],
      ['no URL', { ops: { type: 'webhook' } }, ['ops', 'url'], /http:\/\//, 'nothing'],
      ['a bad URL', { ops: { type: 'webhook', url: 'ftp://t0ken' } }, ['ops', 'url'], /http:\/\//, 'a text'],
      ['an unknown key', { ops: { type: 'webhook', url, retries: 3 } }, ['ops', 'retries'], /known key/, '"retries"'],
      ['a bad timeout', { ops: { type: 'webhook', url, timeout: 'soon' } }, ['ops', 'timeout'], /duration/, '"soon"'],
      [
        'a timeout of over an hour',
        { ops: { type: 'webhook', url, timeout: '61m' } },
        ['ops', 'timeout'],
        /1h at most/,
        '"61m"',
      ],
      ['a bad name', { 'o p s': { type: 'webhook', url } }, ['o p s'], /letters, digits/, '"o p s"'],
      ['a reserved name', { default: { type: 'webhook', url } }, ['default'], /every channel/, '"default"'],
      [
        'a secret twice',
        { ops: { type: 'webhook', url, secret: 'a', secret_file: secretFile } },
        ['ops', 'secret_file'],
        /only one of/,
        `"${secretFile}"`,
      ],
      [
        'a secret file that is not there',
        { ops: { type: 'webhook', url, secret_file: join(folder, 'none') } },
        ['ops', 'secret_file'],
        /readable file .*ENOENT/,
        expect.any(String),
      ],
      ['Slack with nothing', { ops: { type: 'slack' } }, ['ops', 'webhook_url'], /or token and channel/, 'nothing'],
      ['Slack with both', { ops: { ...slack, token: 't0ken' } }, ['ops', 'token'], /not both/, 'a text'],
      ['a webhook with a channel', { ops: { ...slack, channel: '#x' } }, ['ops', 'channel'], /has its own/, '"#x"'],
      [
        'a token without channel',
        { ops: { type: 'slack', token: 't0ken' } },
        ['ops', 'channel'],
        /beside token/,
        'nothing',
      ],
      ['a picture by webhook', { ops: { ...slack, picture: true } }, ['ops', 'picture'], /cannot upload/, 'true'],
      ['a picture that is neither', { ops: { ...mail, picture: 'no' } }, ['ops', 'picture'], /true or false/, '"no"'],
      [
        'a picture where there is none',
        { ops: { type: 'webhook', url, picture: true } },
        ['ops', 'picture'],
        /known key/,
        '"picture"',
      ],
      [
        'too fast',
        { ops: { ...slack, messages_per_minute: 0 } },
        ['ops', 'messages_per_minute'],
        /from 1 to 6000/,
        '0',
      ],
      ['no recipient', { ops: { ...mail, to: [] } }, ['ops', 'to'], /one address at least/, '[]'],
      ['a bad address', { ops: { ...mail, to: ['a@b, c@d'] } }, ['ops', 'to', 0], /address such as/, '"a@b, c@d"'],
      [
        'a bad time zone',
        { ops: { ...mail, to: [{ address: 'a@b.example', time_zone: 'Mars' }] } },
        ['ops', 'to', 0, 'time_zone'],
        /IANA/,
        '"Mars"',
      ],
      [
        'two names in EHLO',
        { ops: { ...mail, hello: 'a.b', ehlo_name: 'a.b' } },
        ['ops', 'hello'],
        /only one of/,
        '"a.b"',
      ],
      ['a bad host', { ops: { ...mail, host: 'smtp://x' } }, ['ops', 'host'], /SMTP server/, '"smtp://x"'],
      ['a user without password', { ops: { ...mail, username: 'a' } }, ['ops', 'password'], /together/, 'nothing'],
      [
        'a password in the open',
        { ops: { ...mail, username: 'a', password: 't0ken', tls: 'none' } },
        ['ops', 'tls'],
        /not sent unencrypted/,
        '"none"',
      ],
      [
        'a CA that is not there',
        { ops: { ...mail, ca_file: '/none' } },
        ['ops', 'ca_file'],
        /readable file/,
        '"/none"',
      ],
      [
        'a secret that is no text',
        { ops: { type: 'webhook', url, secret: 12345 } },
        ['ops', 'secret'],
        /^a text$/,
        'a number',
      ],
    ] as const;

    test.each(faults)('%s', (_name, raw, path, expected, got) => {
      const parsed = channelsType.parse(raw);
      expect(parsed).toEqual({ faults: [{ path, expected: expect.stringMatching(expected), got }] });
      expect(JSON.stringify(parsed)).not.toMatch(/t0ken|12345|s3cret/);
    });

    test('all faults are reported at once', () => {
      const parsed = channelsType.parse({ a: { type: 'webhook' }, b: { type: 'none' } });
      expect('faults' in parsed && parsed.faults.map(({ path }) => path.join('.'))).toEqual(['a.url', 'b.type']);
    });
  });
});
