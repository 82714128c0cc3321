/** How the rules fare in Prometheus, where it answers. */
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { type LoadedRule, readAlertingRules } from '../prometheus/rules-api.ts';
import { groupName } from './edit/rule-text.ts';
import type { RuleStatus } from './response.ts';

/** Whoever reads rules gets them without this when it takes longer. */
const timeoutMs = 3_000;

const maxAlerts = 100;

const missing: RuleStatus = { state: 'missing', health: 'unknown', alerts: [] };

/** The status of any rule; undefined of every one when Prometheus is away. */
export async function readStatuses(
  prometheus: PrometheusConnection,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<(ruleId: string) => RuleStatus | undefined> {
  try {
    const groups = await readAlertingRules(prometheus, { timeoutMs, signal });
    const byName = new Map(groups.map(({ name, rules }) => [name, rules[0]]));
    return (ruleId) => {
      const rule = byName.get(groupName(ruleId));
      return rule === undefined ? missing : render(rule);
    };
  } catch (error) {
    if (!(error instanceof PrometheusError)) throw error;
    log.debug('rules are shown without their state', { error: messageOf(error) });
    return () => undefined;
  }
}

function render({ state, health, lastError, evaluatedAtMs, alerts }: LoadedRule): RuleStatus {
  return {
    state,
    health,
    ...(lastError === '' ? {} : { last_error: lastError }),
    ...(evaluatedAtMs === undefined ? {} : { evaluated_at: new Date(evaluatedAtMs).toISOString() }),
    alerts: alerts.slice(0, maxAlerts).map(({ labels, state: alertState, value, activeAtMs }) => ({
      state: alertState,
      ...(labels['instance'] === undefined ? {} : { host: labels['instance'] }),
      labels: { ...labels },
      value: Number.isFinite(value) ? value : null,
      active_at: new Date(activeAtMs).toISOString(),
    })),
  };
}
