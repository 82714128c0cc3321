/** Colours of values: they change at the thresholds of the default alerts. */
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { hostAlerts } from '../../rules/host-alerts.ts';

const colours = { none: 'green', warning: 'orange', critical: 'red' } as const;

/** Returns undefined for a metric without a default alert. */
export function tryAlertSteps(metric: string): readonly dashboard.Threshold[] | undefined {
  const steps = hostAlerts
    .filter((alert) => alert.metric === metric && alert.operator === '>')
    .map(({ severity, threshold }) => ({ value: threshold, color: colours[severity] }))
    .sort((left, right) => left.value - right.value);
  return steps.length === 0 ? undefined : [base, ...steps];
}

/** The colour below the first threshold. */
const base: dashboard.Threshold = { value: null, color: 'green' };

export function thresholdsOf(steps: readonly dashboard.Threshold[] = [base]): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([...steps]);
}

/** Load per core: above 1 processes wait; above 2 more processes wait than run. */
export const loadSteps: readonly dashboard.Threshold[] = [
  base,
  { value: 1, color: colours.warning },
  { value: 2, color: colours.critical },
];

/** Red from 1. */
export const anyIsBad = (color: string): readonly dashboard.Threshold[] => [base, { value: 1, color }];
