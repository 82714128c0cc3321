/** Watches for restarts of Prometheus, after which samples that it acknowledged can be missing. */
import type { Log } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';

export interface RestartWatcher {
  start(): void;
  stop(): void;
}

export interface RestartWatcherOptions {
  readonly prometheus: PrometheusConnection;
  readonly log: Log;
  /** Called with Prometheus' start time when it is first known, and after each restart. */
  readonly onStart: (startedMs: number) => void;
}

const intervalMs = 5_000;

export function createRestartWatcher({ prometheus, log, onStart }: RestartWatcherOptions): RestartWatcher {
  let knownMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function check(): Promise<void> {
    try {
      const startedMs = await readPrometheusStart(prometheus);
      if (startedMs !== undefined && startedMs !== knownMs) {
        knownMs = startedMs;
        onStart(startedMs);
      }
    } catch (error) {
      log.debug("Prometheus' start time cannot be read", { error });
    }
    if (!isStopped) timer = setTimeout(() => void check(), intervalMs);
  }

  return {
    start: () => void check(),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Returns undefined when the backend does not report its start time. Throws when it does not respond. */
export async function readPrometheusStart(prometheus: PrometheusConnection): Promise<number | undefined> {
  const { status, body } = await prometheus.call({ method: 'GET', path: '/api/v1/status/runtimeinfo' });
  if (status !== 200) return readProcessStart(prometheus);
  const { data } = JSON.parse(body.toString('utf8')) as { readonly data?: { readonly startTime?: unknown } };
  const startedMs = typeof data?.startTime === 'string' ? Date.parse(data.startTime) : Number.NaN;
  return Number.isNaN(startedMs) ? undefined : startedMs;
}

/** VictoriaMetrics reports whole seconds among its own metrics, so it started up to one second later. */
async function readProcessStart(prometheus: PrometheusConnection): Promise<number | undefined> {
  const { status, body } = await prometheus.call({ method: 'GET', path: '/metrics' });
  if (status !== 200) return undefined;
  const [, seconds] = /^process_start_time_seconds (\d+)$/m.exec(body.toString('utf8')) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000 + 999;
}
