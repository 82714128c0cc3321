/** Every channel fulfils the contract of channels. */
import { describe } from '@jest/globals';
import { createChannel } from '../../../alert-relay/channels/index.ts';
import { Secret } from '../../../common/program/settings/secret.ts';
import { testChannelContract } from '../../support/channel-contract.ts';

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
        to: [{ name: '', address: 'ops@example.com' }],
        host: '127.0.0.1',
        port,
        tls: 'none' as const,
        caFile: undefined,
        ca: undefined,
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
