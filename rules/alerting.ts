/** The groups of the alerting rules. */

import type { RuleGroup } from '../common/prometheus/rule-file.ts';
import { type Alert, alertingRule } from './alert.ts';
import { forecastAlerts, hostAlerts } from './host-alerts.ts';
import { programAlerts } from './program-alerts.ts';
import { pushAlerts } from './push-alerts.ts';

function group(name: string, interval: string, alerts: readonly Alert[]): RuleGroup {
  return { name: `hostpulse-alerts-${name}`, interval, rules: alerts.map(alertingRule) };
}

export const alertGroups: readonly RuleGroup[] = [
  group('hosts', '15s', hostAlerts),
  group('forecasts', '1m', forecastAlerts),
  group('programs', '15s', programAlerts),
  group('push', '15s', pushAlerts),
];
