/** When Prometheus started, asked every few seconds: one that came back may lack what it had acknowledged. */
import type { Log } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';

export interface PrometheusStart {
  start(): void;
  stop(): void;
}

export interface PrometheusStartOptions {
  readonly prometheus: PrometheusConnection;
  readonly log: Log;
  /** Told of the first start that is seen, and of each one after it. */
  readonly onStart: (startedMs: number) => void;
}

const intervalMs = 5_000;

export function watchPrometheusStart({ prometheus, log, onStart }: PrometheusStartOptions): PrometheusStart {
  let seenMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function ask(): Promise<void> {
    try {
      const startedMs = await readPrometheusStart(prometheus);
      if (startedMs !== undefined && startedMs !== seenMs) {
        seenMs = startedMs;
        onStart(startedMs);
      }
    } catch (error) {
      log.debug("Prometheus' start time could not be read", { error });
    }
    if (!isStopped) timer = setTimeout(() => void ask(), intervalMs);
  }

  return {
    start: () => void ask(),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Undefined where the backend does not tell. Throws when it does not answer. */
export async function readPrometheusStart(prometheus: PrometheusConnection): Promise<number | undefined> {
  const { status, body } = await prometheus.call({ method: 'GET', path: '/api/v1/status/runtimeinfo' });
  if (status !== 200) return readProcessStart(prometheus);
  const { data } = JSON.parse(body.toString('utf8')) as { readonly data?: { readonly startTime?: unknown } };
  const startedMs = typeof data?.startTime === 'string' ? Date.parse(data.startTime) : Number.NaN;
  return Number.isNaN(startedMs) ? undefined : startedMs;
}

/** VictoriaMetrics says it among its own metrics, in whole seconds: it may have started up to one later. */
async function readProcessStart(prometheus: PrometheusConnection): Promise<number | undefined> {
  const { status, body } = await prometheus.call({ method: 'GET', path: '/metrics' });
  if (status !== 200) return undefined;
  const [, seconds] = /^process_start_time_seconds (\d+)$/m.exec(body.toString('utf8')) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000 + 999;
}
