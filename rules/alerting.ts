/** Defines the groups of the alerting rules. */
import type { RuleGroup } from '../common/prometheus/rule-file.ts';
import { type Alert, alertingRule } from './alert.ts';
import { alertIntervalSeconds, type Fleet, ownFleet, renderDuration } from './fleet.ts';
import { createHostAlerts, forecastAlerts } from './host-alerts.ts';
import { programAlerts, watchdog } from './program-alerts.ts';
import { pushAlerts } from './push-alerts.ts';
import { createWorkloadAlerts } from './workload-alerts.ts';

function group(name: string, interval: string, alerts: readonly Alert[]): RuleGroup {
  return { name: `hostpulse-alerts-${name}`, interval, rules: alerts.map(alertingRule) };
}

/** Returns the groups of the alerts about hosts and their workloads. */
function groupsOfHosts(fleet: Fleet): readonly RuleGroup[] {
  return [
    group('hosts', renderDuration(alertIntervalSeconds(fleet)), createHostAlerts(fleet)),
    group('workloads', renderDuration(alertIntervalSeconds(fleet)), createWorkloadAlerts(fleet)),
    group('forecasts', '1m', forecastAlerts),
  ];
}

export const alertGroups: readonly RuleGroup[] = [
  ...groupsOfHosts(ownFleet),
  group('programs', '15s', programAlerts),
  group('push', '15s', pushAlerts),
];

/** Returns the groups for hosts that another Prometheus scrapes, and Watchdog, by which dashboards choose the tier. */
export function alertGroupsOf(fleet: Fleet): readonly RuleGroup[] {
  return [...groupsOfHosts(fleet), group('watchdog', '1m', [watchdog])];
}
