/** Notifications for systemd by systemd-notify over a real socket, and without a listener. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { tryCreateServiceManager } from '../../../bin/cli/service-manager.ts';
import { binaryPath } from '../../support/binaries.ts';
import { startCli } from '../../support/cli.ts';
import { eventually } from '../../support/eventually.ts';
import { createLogLines } from '../../support/log-lines.ts';

/** Prints each datagram as a line. In Perl, which every Debian has, as Node cannot receive Unix datagrams. */
const receiver = `use IO::Socket::UNIX; use Socket; $| = 1;
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
print "listening\\n";
while (1) { my $message; $socket->recv($message, 4096); $message =~ s/\\n/ /g; print "$message\\n"; }`;

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const each of cleanUp.splice(0).reverse()) each();
});

async function startReceiver() {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-notify-'));
  cleanUp.push(() => rmSync(folder, { recursive: true }));
  const socket = join(folder, 'notify');
  const child: ChildProcess = spawn(binaryPath('perl'), ['-e', receiver, socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUp.push(() => void child.kill());
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (data: string) => (text += data));
  /** Notifications so far, without systemd-notify's barriers. */
  const notifications = (): string[] =>
    text.split('\n').filter((line) => line.includes('=') && !line.startsWith('BARRIER'));
  const waitFor = (count: number): Promise<string[]> =>
    eventually({ what: `${count} notifications`, limitMs: 30_000 }, () =>
      notifications().length >= count ? notifications() : undefined,
    );
  await eventually({ what: 'the receiver', limitMs: 30_000 }, () => text.startsWith('listening') || undefined);
  return { socket, notifications, waitFor };
}

const path = process.env['PATH'];

describe('a service manager', () => {
  test('receives one readiness message, then watchdog messages until the program stops', async () => {
    const { socket, notifications, waitFor } = await startReceiver();
    const logged = createLogLines();
    const { log } = logged;
    const environment = {
      PATH: path,
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '200000',
      WATCHDOG_PID: String(process.pid),
    };
    const manager = tryCreateServiceManager({ environment, log });
    manager?.ready();
    expect((await waitFor(3)).slice(0, 3)).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1']);
    manager?.stop();
    const count = notifications().length;
    const other = tryCreateServiceManager({ environment: { PATH: path, NOTIFY_SOCKET: socket }, log });
    other?.ready();
    await eventually(
      { what: 'the second program', limitMs: 30_000 },
      () => notifications().includes('READY=1', 1) || undefined,
    );
    // At most the message that was being sent.
    expect(notifications().filter((line) => line === 'WATCHDOG=1').length).toBeLessThanOrEqual(count);
    expect(logged.lines()).toEqual([]);
  });

  test.each([
    ['another process is watched', { WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' }],
    ['no process is watched', {}],
    ['the limit is not a number', { WATCHDOG_USEC: 'soon' }],
  ])('receives no watchdog messages when %s', async (_, more) => {
    const { socket, notifications, waitFor } = await startReceiver();
    const environment = { PATH: path, NOTIFY_SOCKET: socket, ...more };
    const manager = tryCreateServiceManager({ environment, log: createLogLines().log });
    manager?.ready();
    await waitFor(1);
    const second = tryCreateServiceManager({
      environment: { PATH: path, NOTIFY_SOCKET: socket },
      log: createLogLines().log,
    });
    second?.ready();
    await waitFor(2);
    expect(notifications()).toEqual(['READY=1', 'READY=1']);
    manager?.stop();
  });

  test('without a socket is undefined', () => {
    expect(tryCreateServiceManager({ environment: {}, log: createLogLines().log })).toBeUndefined();
    expect(tryCreateServiceManager({ environment: { NOTIFY_SOCKET: '' }, log: createLogLines().log })).toBeUndefined();
  });

  test('that cannot be notified is logged once', async () => {
    const logged = createLogLines();
    const environment = { PATH: path, NOTIFY_SOCKET: join(tmpdir(), 'no-such-socket'), WATCHDOG_USEC: '50000' };
    const manager = tryCreateServiceManager({ environment, log: logged.log });
    manager?.ready();
    await eventually({ what: 'an error', limitMs: 30_000 }, () => logged.messages('error').length > 0 || undefined);
    manager?.stop();
    expect(logged.messages('error')).toEqual([
      'systemd could not be notified; it restarts the program if the unit requires notifications',
    ]);
    const without = createLogLines();
    tryCreateServiceManager({ environment: { PATH: '/nonexistent', NOTIFY_SOCKET: 'x' }, log: without.log })?.ready();
    await eventually({ what: 'an error', limitMs: 30_000 }, () => without.messages('error').length > 0 || undefined);
    expect(String(without.lines()[0]?.['reason'])).toContain('ENOENT');
  });
});

describe('a program', () => {
  test('is ready when it listens, and then sends watchdog messages', async () => {
    const { socket, waitFor } = await startReceiver();
    const cli = startCli(['exporter', '--web.listen-address=127.0.0.1:0'], {
      env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' },
    });
    const [, port] = await cli.said(/address=127\.0\.0\.1:(\d+) msg=listening/);
    expect((await waitFor(2)).slice(0, 2)).toEqual(['READY=1', 'WATCHDOG=1']);
    expect((await fetch(`http://127.0.0.1:${port}/-/ready`)).status).toBe(200);
    cli.child.kill('SIGTERM');
    expect((await cli.ended).code).toBe(0);
  });
});
