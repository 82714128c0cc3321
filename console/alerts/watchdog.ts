/** Judges Watchdog, the alert that always fires: as long as Watchdog arrives, other alerts arrive, too. */
import { formatSpan } from '../format/values.ts';

/** Prometheus sends Watchdog every minute. */
const maxAgeMs = 5 * 60_000;

export interface WatchdogState {
  readonly isHealthy: boolean;
  readonly text: string;
}

/**
 * Returns whether alerts arrive, with an explanation. `time` is the gateway's time of the answer, because the browser's clock can
 * differ.
 */
export function watchdogState(receivedAt: string | undefined, time: string): WatchdogState {
  if (receivedAt === undefined)
    return {
      isHealthy: false,
      text: 'Alertmanager has no Watchdog: Prometheus sends no alerts, or its rules do not run. Check Prometheus.',
    };
  const ageMs = Math.max(0, Date.parse(time) - Date.parse(receivedAt));
  const text = `Watchdog received ${formatSpan(ageMs)} ago.`;
  if (ageMs <= maxAgeMs) return { isHealthy: true, text };
  return { isHealthy: false, text: `${text} Prometheus sends it every minute. Check Prometheus.` };
}
