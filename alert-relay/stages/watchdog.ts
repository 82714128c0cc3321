/** Before the first stage: the dead man's switch is taken out. It always fires, so it says only that the chain works. */
import { rememberTime } from '../../common/store/relay-state.ts';
import type { Database } from '../../common/store/schema.ts';
import type { WebhookAlert } from '../webhook-payload.ts';

const watchdogName = 'Watchdog';

/** Remembers that a webhook came and whether it carried a firing Watchdog; answers the alerts that are none. */
export async function takeWatchdogs(
  db: Database,
  alerts: readonly WebhookAlert[],
  nowMs: number,
): Promise<WebhookAlert[]> {
  const isWatchdog = ({ labels }: WebhookAlert): boolean => labels['alertname'] === watchdogName;
  await rememberTime(db, { name: 'last_webhook', timeMs: nowMs });
  if (alerts.some((alert) => isWatchdog(alert) && alert.status === 'firing'))
    await rememberTime(db, { name: 'last_watchdog', timeMs: nowMs });
  return alerts.filter((alert) => !isWatchdog(alert));
}
