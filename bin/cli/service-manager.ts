/**
 * Tells systemd that the program is ready and that it is alive. Node has no datagram sockets of the Unix kind, so
 * systemd's own `systemd-notify` does it, a short-lived child each time: docs/decisions/systemd.md.
 * Source of the protocol: sd_notify(3), sd_watchdog_enabled(3)
 */
import { spawn } from 'node:child_process';
import type { Log } from '../../common/program/log.ts';

export interface ServiceManager {
  /** The program serves: what was ordered after it may start, and from now on it must show that it is alive. */
  ready(): void;
  /** Nothing is told any more. Idempotent. */
  stop(): void;
}

export interface ServiceManagerOptions {
  /** Must have `NOTIFY_SOCKET`; `WATCHDOG_USEC` and `WATCHDOG_PID` when systemd wants signs of life. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** The process that systemd watches; absent means this one. */
  readonly pid?: number;
}

/** A child that does not end by itself. systemd answers at once, unless it is in trouble itself. */
const childLimitMs = 10_000;

/** Undefined where no service manager asked for notifications. */
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
    log.error('systemd could not be told; where it waits for that, it will restart the program', { reason });
  }

  function tell(state: string): void {
    if (isBusy) return;
    isBusy = true;
    const env = { PATH, NOTIFY_SOCKET };
    const child = spawn('systemd-notify', [state], { env, stdio: 'ignore', timeout: childLimitMs });
    child.unref();
    child.once('error', (error) => {
      isBusy = false;
      fail(error.message);
    });
    child.once('exit', (code, signal) => {
      isBusy = false;
      if (code === 0) hasFailed = false;
      else fail(`systemd-notify ended with ${code ?? signal}`);
    });
  }

  return {
    ready() {
      tell('READY=1');
      const intervalMs = watchdogIntervalMs(environment, pid);
      if (intervalMs === undefined || timer !== undefined) return;
      timer = setInterval(() => tell('WATCHDOG=1'), intervalMs);
      timer.unref();
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/** Half of the time within which systemd wants a sign of life; undefined when it wants none of this process. */
function watchdogIntervalMs(
  { WATCHDOG_USEC, WATCHDOG_PID }: ServiceManagerOptions['environment'],
  pid: number,
): number | undefined {
  const limitMs = Number(WATCHDOG_USEC) / 1000;
  if (!(limitMs > 0) || !Number.isFinite(limitMs)) return undefined;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined;
  return limitMs / 2;
}
