/** Checks that alerts arrive: that there are channels, and that the last delivery of each did not fail. */
import { type Check, counted, type Finding, fault, orOk, warning } from '../site/finding.ts';
import type { LocalStack, PrometheusAccess } from '../site/site.ts';

export const channels: Check = {
  name: 'channels',
  async run({ local, gateway, prometheus }) {
    if (gateway === undefined) return [];
    const { channels: names } = (await gateway.getJson('/api/v1/alerts/channels')) as { readonly channels?: string[] };
    if (names === undefined || names.length === 0)
      return [warning('no channel is configured: alerts are only on the page', addChannel(local))];
    const { alerts } = (await gateway.getJson('/api/v1/alerts?limit=200')) as { readonly alerts: readonly Alert[] };
    const failed = judgeDeliveries(alerts, names);
    const silent = prometheus === undefined ? [] : await judgeChain(prometheus).catch(() => []); // the check of samples reports it
    return orOk([...failed, ...silent], `the last deliveries of ${names.join(', ')} succeeded`);
  },
};

function addChannel(local: LocalStack | undefined): string {
  const file = local === undefined ? 'relay.yml' : local.directory.relayConfig;
  return `add one to ${file} (docs/relay.md), then: hostpulse relay reload, hostpulse relay test --channel NAME`;
}

export interface Alert {
  readonly rule: string;
  readonly notifications: readonly Delivery[];
}

interface Delivery {
  readonly channel: string;
  readonly state: 'pending' | 'delivered' | 'dead';
  readonly attempts: number;
  readonly created_at: string;
  readonly settled_at?: string;
  readonly reason?: string;
}

/** Returns a fault for each channel whose newest attempt failed: a dead letter, or a message that is retried. */
export function judgeDeliveries(alerts: readonly Alert[], names: readonly string[]): readonly Finding[] {
  const tried = alerts.flatMap(({ notifications }) => notifications).filter(({ attempts }) => attempts > 0);
  return names.flatMap((name) => {
    const own = tried.filter(({ channel }) => channel === name).toSorted((a, b) => timeOf(b) - timeOf(a));
    const [last] = own;
    if (last === undefined || last.state === 'delivered') return [];
    const fate =
      last.state === 'dead'
        ? 'refused the last message'
        : `has failed ${counted(last.attempts, 'time')} and is retried`;
    const again = last.state === 'dead' ? ', then: hostpulse relay dead retry --all' : '';
    const remedy = `fix the cause, check it with: hostpulse relay test --channel ${name}${again}`;
    return [fault(`channel ${name} ${fate}: ${last.reason ?? 'no reason'}`, remedy)];
  });
}

function timeOf({ settled_at: settled, created_at: created }: Delivery): number {
  return Date.parse(settled ?? created);
}

/** The Watchdog of Prometheus passes through Alertmanager to the relay every few minutes. */
async function judgeChain({ query }: PrometheusAccess): Promise<readonly Finding[]> {
  const [quiet] = await query(
    '(time() - max(hostpulse_relay_watchdog_last_timestamp_seconds > 0) > 900) and on () (min(time() - process_start_time_seconds{job="alertmanager"}) > 900)',
  );
  if (quiet === undefined) return [];
  const message = `the Watchdog has not reached the relay for ${Math.round(quiet.value / 60)} min: alerts get lost`;
  return [fault(message, 'check in order: the alerts of Prometheus, the log of Alertmanager, the log of the relay')];
}
