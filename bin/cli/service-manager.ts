/**
 * Notifies systemd that the program is ready and alive. Runs `systemd-notify` for each message, as Node has no Unix datagram
 * sockets: docs/decisions/systemd.md.
 * Source of the protocol: sd_notify(3), sd_watchdog_enabled(3)
 */
import { spawn } from 'node:child_process';
import type { Log } from '../../common/program/log.ts';

export interface ServiceManager {
  /** Reports that the program serves, and starts the watchdog messages. */
  ready(): void;
  /** Sends no further messages. Idempotent. */
  stop(): void;
}

export interface ServiceManagerOptions {
  /** Contains `NOTIFY_SOCKET`, and `WATCHDOG_USEC` and `WATCHDOG_PID` when systemd watches the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** The process that systemd watches; absent means this one. */
  readonly pid?: number;
}

/** Ends a `systemd-notify` that hangs; systemd answers immediately. */
const childLimitMs = 10_000;

/** Returns undefined when no service manager expects notifications. */
export function tryCreateServiceManager(options: ServiceManagerOptions): ServiceManager | undefined {
  const { environment, log, pid = process.pid } = options;
  const { NOTIFY_SOCKET, PATH } = environment;
  if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '') return undefined;
  let timer: NodeJS.Timeout | undefined;
  let isBusy = false;
  let hasFailed = false;

  function fail(reason: string): void {
    if (hasFailed) return;
    hasFailed = true;
    log.error('systemd could not be notified; it restarts the program if the unit requires notifications', { reason });
  }

  function notify(state: string): void {
    if (isBusy) return;
    isBusy = true;
    const env = { PATH, NOTIFY_SOCKET };
    const child = spawn('systemd-notify', [state], { env, stdio: 'ignore' });
    // Not spawn's option `timeout`, whose timer stays when the program cannot be started.
    const limit = setTimeout(() => child.kill(), childLimitMs);
    child.unref();
    child.once('error', (error) => {
      clearTimeout(limit);
      isBusy = false;
      fail(error.message);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      isBusy = false;
      if (code === 0) hasFailed = false;
      else fail(`systemd-notify ended with ${code ?? signal}`);
    });
  }

  return {
    ready() {
      notify('READY=1');
      const intervalMs = watchdogIntervalMs(environment, pid);
      if (intervalMs === undefined || timer !== undefined) return;
      timer = setInterval(() => notify('WATCHDOG=1'), intervalMs);
      timer.unref();
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/** Returns half of systemd's watchdog limit; undefined when systemd does not watch this process. */
function watchdogIntervalMs(
  { WATCHDOG_USEC, WATCHDOG_PID }: ServiceManagerOptions['environment'],
  pid: number,
): number | undefined {
  const limitMs = Number(WATCHDOG_USEC) / 1000;
  if (!(limitMs > 0) || !Number.isFinite(limitMs)) return undefined;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined;
  return limitMs / 2;
}
