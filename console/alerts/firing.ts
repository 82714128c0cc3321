/** Joins Alertmanager's active alerts with their episodes, and filters, groups and sorts the alerts. */
import type { ActiveAlert, Episode } from '../api/alerts.ts';
import type { Labels, VectorSeries } from '../api/promql.ts';
import { includesLabels } from '../graph/lines.ts';
import type { Filters } from './filters.ts';
import { rankOf } from './severity.ts';

export interface FiringAlert extends ActiveAlert {
  /** Id of the alert's episode. Absent when the relay received no notification, for example because of a silence. */
  readonly episode?: number;
}

export interface FiringGroup {
  /** Name of the rule or of the host. */
  readonly name: string;
  readonly severity: string | undefined;
  readonly alerts: readonly FiringAlert[];
  readonly hosts: number;
  readonly silenced: number;
  /** Number of alerts that another alert mutes and no silence mutes. */
  readonly inhibited: number;
}

export type GroupBy = 'rule' | 'host';

/** Returns the active alerts with the id of the newest firing episode that has the same fingerprint. The parameter `open` lists the firing episodes of the history, newest first. */
export function joinEpisodes(active: readonly ActiveAlert[], open: readonly Episode[]): readonly FiringAlert[] {
  const ids = new Map(open.toReversed().map(({ fingerprint, id }) => [fingerprint, id]));
  return active.map((alert) => {
    const episode = ids.get(alert.fingerprint);
    return episode === undefined ? alert : { ...alert, episode };
  });
}

export function isMuted({ state }: ActiveAlert): boolean {
  return state === 'suppressed';
}

/** Applies the filters except state and time. */
export function filterFiring(alerts: readonly FiringAlert[], filters: Filters): readonly FiringAlert[] {
  const { severity, host, rule } = filters;
  return alerts.filter(
    (alert) => matches(severity, alert.severity) && matches(host, alert.host) && matches(rule, alert.rule),
  );
}

function matches(wanted: readonly string[], value: string | undefined): boolean {
  return wanted.length === 0 || (value !== undefined && wanted.includes(value));
}

/** Sorts groups by severity, then newest first, with fully muted groups last. Muted alerts are last in their group. */
export function groupFiring(alerts: readonly FiringAlert[], by: GroupBy): readonly FiringGroup[] {
  const nameOf = ({ rule, host }: FiringAlert) => (by === 'rule' ? rule : (host ?? ''));
  return [...Map.groupBy(alerts, nameOf)]
    .map(([name, members]) => toGroup(name, members))
    .toSorted(
      (a, b) =>
        Number(isFullyMuted(a)) - Number(isFullyMuted(b)) ||
        rankOf(a.severity) - rankOf(b.severity) ||
        newest(b) - newest(a) ||
        (a.name < b.name ? -1 : 1),
    );
}

function toGroup(name: string, members: readonly FiringAlert[]): FiringGroup {
  const alerts = members.toSorted(
    (a, b) =>
      Number(isMuted(a)) - Number(isMuted(b)) ||
      rankOf(a.severity) - rankOf(b.severity) ||
      startOf(b) - startOf(a) ||
      (a.fingerprint < b.fingerprint ? -1 : 1),
  );
  return {
    name,
    severity: alerts.toSorted((a, b) => rankOf(a.severity) - rankOf(b.severity))[0]?.severity,
    alerts,
    hosts: new Set(alerts.map(({ host }) => host).filter((host) => host !== undefined)).size,
    silenced: alerts.filter(({ silenced_by }) => silenced_by.length > 0).length,
    inhibited: alerts.filter(({ silenced_by, inhibited_by }) => silenced_by.length === 0 && inhibited_by.length > 0)
      .length,
  };
}

function isFullyMuted({ alerts }: FiringGroup): boolean {
  return alerts.every(isMuted);
}

function newest({ alerts }: FiringGroup): number {
  return Math.max(...alerts.map(startOf));
}

function startOf({ starts_at }: ActiveAlert): number {
  return Date.parse(starts_at);
}

/** Number of expressions queried at once. Further alerts show the value that their rule reported. */
const maxExpressions = 24;

export function expressionsOf(alerts: readonly ActiveAlert[]): readonly string[] {
  const all = alerts.map(({ annotations }) => annotations['expr']).filter((expr) => expr !== undefined && expr !== '');
  return [...new Set(all as string[])].sort().slice(0, maxExpressions);
}

/**
 * Returns the value of the series that the alert comes from: an alert has all labels of its series and all labels of its rule.
 * Returns undefined when no series matches, or when several series match.
 */
export function tryValueOf(series: readonly VectorSeries[], labels: Labels): number | undefined {
  const own = series.filter(({ metric }) => includesLabels(labels, metric));
  const value = own.length === 1 ? Number(own[0]?.value[1]) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
