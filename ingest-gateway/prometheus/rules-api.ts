/**
 * Reads the alerting rules that Prometheus has loaded, and reloads Prometheus.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/#rules
 */
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { tryRefusal } from '../../common/prometheus/query.ts';

export type RuleHealth = 'ok' | 'err' | 'unknown';

export interface LoadedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAtMs: number;
  readonly value: number;
}

export interface LoadedRule {
  readonly name: string;
  readonly state: 'inactive' | 'pending' | 'firing';
  readonly health: RuleHealth;
  /** Empty if there is none. */
  readonly lastError: string;
  /** Undefined before the first evaluation. */
  readonly evaluatedAtMs: number | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly alerts: readonly LoadedAlert[];
}

export interface LoadedGroup {
  readonly name: string;
  /** The path of the rule file on the host of Prometheus. */
  readonly file: string;
  readonly rules: readonly LoadedRule[];
}

interface RulesQuery {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/** Returns every group with its alerting rules. Throws a `PrometheusError`. */
export async function readAlertingRules(
  connection: PrometheusConnection,
  options: RulesQuery = {},
): Promise<readonly LoadedGroup[]> {
  const parameters = new URLSearchParams({ type: 'alert' });
  const answer = await connection.call({ method: 'GET', path: '/api/v1/rules', parameters, ...options });
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const { data } = JSON.parse(answer.body.toString('utf8')) as { readonly data?: { readonly groups?: unknown } };
  if (!Array.isArray(data?.groups)) throw new PrometheusError('rules: expected groups', { fault: 'unavailable' });
  return (data.groups as GroupAnswer[]).map(({ name, file, rules }) => ({ name, file, rules: rules.map(render) }));
}

interface GroupAnswer {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly RuleAnswer[];
}

interface RuleAnswer {
  readonly name: string;
  readonly state?: LoadedRule['state'];
  readonly health: RuleHealth;
  readonly lastError?: string;
  readonly lastEvaluation: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly alerts?: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly state: 'pending' | 'firing';
    readonly activeAt: string;
    readonly value: string;
  }[];
}

function render(rule: RuleAnswer): LoadedRule {
  const evaluatedAtMs = Date.parse(rule.lastEvaluation);
  return {
    name: rule.name,
    state: rule.state ?? 'inactive',
    health: rule.health,
    lastError: rule.lastError ?? '',
    evaluatedAtMs: evaluatedAtMs > 0 ? evaluatedAtMs : undefined, // Go's zero time is in the year 1
    annotations: rule.annotations ?? {},
    alerts: (rule.alerts ?? []).map(({ labels, state, activeAt, value }) => ({
      labels,
      state,
      activeAtMs: Date.parse(activeAt),
      value: parseValue(value),
    })),
  };
}

/** Parses a float as Go prints it: `+Inf`, `-Inf` and `NaN` included. */
function parseValue(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

/** A reload reads hundreds of rule files and waits until the scrape loops have stopped. */
const reloadTimeoutMs = 60_000;

/**
 * Reloads Prometheus and returns true once it has loaded its files. Returns false if a file is broken: Prometheus does not name
 * the file and keeps the rules that it had. Throws a `PrometheusError` if it does not answer.
 */
export async function reloadPrometheus(connection: PrometheusConnection, signal?: AbortSignal): Promise<boolean> {
  const call = { method: 'POST', path: '/-/reload', timeoutMs: reloadTimeoutMs } as const;
  const { status, body } = await connection.call({ ...call, signal });
  if (status === 200) return true;
  if (status === 500) return false;
  const text = body.toString('utf8').trim().slice(0, 200);
  throw new PrometheusError(`Prometheus does not reload (status ${status}): ${text}`, { fault: 'unavailable' });
}
