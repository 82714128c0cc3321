/**
 * Adds the labels `otel_scope_name` and `otel_scope_version` to metrics whose name is used by several scopes (instrumentation
 * libraries) of one target, so that their series differ. A metric of a single scope gets no label and keeps its series.
 * Source: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#instrumentation-scope
 */
import type { Scope } from '../../common/otlp/metrics-data.ts';
import { dropOldest } from './known-parts.ts';

/** Labels that distinguish the scope; none when only one scope has the metric. */
export type ScopeLabels = Readonly<Record<string, string>>;

/** The scopes of one request. */
export interface RequestScopes {
  /** Records that the scope of the target has the metric. Call it for every metric before `labels`. */
  note(target: string, metric: string, scope: Scope | undefined): void;
  labels(target: string, metric: string, scope: Scope | undefined): ScopeLabels;
}

export interface Scopes {
  begin(): RequestScopes;
}

/** Limit of remembered metrics. The tenth of them that was noted longest ago is dropped beyond it. */
const maxMetrics = 50_000;

const noLabels: ScopeLabels = {};
/** Marks a metric that several scopes have. A symbol cannot equal the name of a scope. */
const several = Symbol('several scopes');

/** Remembers the scopes between requests: a sender may divide the scopes of a target among requests. */
export function createScopes(): Scopes {
  /** The only scope of each metric by name, or `several`; oldest first. A new version of a scope is the same scope. */
  const known = new Map<string, string | typeof several>();

  function remember(key: string, name: string): void {
    const before = known.get(key) ?? name;
    known.delete(key);
    known.set(key, before === name ? name : several);
    if (known.size > maxMetrics) dropOldest(known, maxMetrics / 10);
  }

  function begin(): RequestScopes {
    /** Scopes of this request by metric: their versions tell them apart too. */
    const noted = new Map<string, string | typeof several>();
    const keyOf = (target: string, metric: string): string => `${target}\n${metric}`;

    return {
      note(target, metric, scope) {
        const key = keyOf(target, metric);
        const own = scope === undefined ? '' : `${scope.name}\n${scope.version}`;
        noted.set(key, (noted.get(key) ?? own) === own ? own : several);
        remember(key, scope?.name ?? '');
      },
      labels(target, metric, scope) {
        const key = keyOf(target, metric);
        if (scope === undefined || (noted.get(key) !== several && known.get(key) !== several)) return noLabels;
        return {
          otel_scope_name: scope.name,
          ...(scope.version === '' ? {} : { otel_scope_version: scope.version }),
        };
      },
    };
  }

  return { begin };
}
