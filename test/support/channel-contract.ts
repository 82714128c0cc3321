/** Defines the contract tests of channels: every failure is an outcome, no channel throws, and no reason contains a secret. */
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { Channel, ChannelOutcome } from '../../alert-relay/channel/channel.ts';
import { groupCases } from './alert-messages.ts';
import { firingMessage } from './message.ts';
import { freePort } from './process.ts';

export interface ChannelContract {
  /** Creates a channel that sends to this port of 127.0.0.1. */
  readonly create: (port: number, timeoutMs: number) => Channel;
  /** Must not occur in a reason or warning. */
  readonly secrets: readonly string[];
}

export const context = { signal: new AbortController().signal, previous: undefined };

/** Stops the servers of the current test. */
const started: Array<() => Promise<void>> = [];

/** Starts a TCP server for the duration of the test and returns its port. */
async function startRaw(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  started.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  );
  return (server.address() as AddressInfo).port;
}

/** Adds the tests of the contract. The responses of a channel's protocol are covered by the channel's tests. */
export function testChannelContract({ create, secrets }: ChannelContract): void {
  afterEach(async () => {
    for (const stop of started.splice(0)) await stop();
  });

  async function outcomes(channel: Channel, signal = context.signal): Promise<readonly ChannelOutcome[]> {
    const group = groupCases['group-firing'];
    const one = await channel.deliver(firingMessage, { ...context, signal });
    if (channel.groups === undefined || group === undefined) return [one];
    return [one, await channel.groups.deliver(group, { ...context, signal })];
  }

  function expectRetry(all: readonly ChannelOutcome[], reason: RegExp): void {
    expect(all.length).toBeGreaterThan(0);
    for (const outcome of all) {
      expect(outcome).toEqual({ kind: 'retry', reason: expect.stringMatching(reason) });
      expectNoSecret(outcome);
    }
  }

  function expectNoSecret(outcome: ChannelOutcome): void {
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
  }

  test('nothing listens on the port', async () =>
    expectRetry(await outcomes(create(await freePort(), 5_000)), /ECONNREFUSED|ESOCKET|ECONNECTION/));

  test('the receiver closes the connection', async () => {
    const port = await startRaw((socket) => socket.destroy());
    expectRetry(await outcomes(create(port, 5_000)), /^E[A-Z]+$/);
  });

  test('the receiver never answers', async () => {
    const port = await startRaw((socket) => socket.resume());
    expectRetry(await outcomes(create(port, 100)), /no answer within 0\.1 s/);
  });

  test('the receiver answers nonsense that repeats the request', async () => {
    const port = await startRaw((socket) => {
      socket.on('data', (chunk) => socket.end(`999 nonsense ${chunk.toString('latin1')}\r\n\r\n`));
      setTimeout(() => socket.writable && socket.write('nonsense\r\n'), 50).unref();
    });
    for (const outcome of await outcomes(create(port, 2_000))) {
      expect(outcome.kind).not.toBe('ok');
      expectNoSecret(outcome);
    }
  });

  test('the relay stops during the attempt', async () => {
    const stopping = new AbortController();
    const port = await startRaw((socket) => socket.on('data', () => undefined));
    setTimeout(() => stopping.abort(), 50);
    expectRetry(await outcomes(create(port, 60_000), stopping.signal), /the relay stops/);
  });
}
