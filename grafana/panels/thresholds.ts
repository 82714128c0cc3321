/** Colours change where the default alert rules warn. */
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { hostAlerts } from '../../rules/host-alerts.ts';

const colours = { none: 'green', warning: 'orange', critical: 'red' } as const;

/** Undefined for a metric on which no default rule alerts. */
export function tryAlertSteps(metric: string): readonly dashboard.Threshold[] | undefined {
  const steps = hostAlerts
    .filter((alert) => alert.metric === metric && alert.operator === '>')
    .map(({ severity, threshold }) => ({ value: threshold, color: colours[severity] }))
    .sort((left, right) => left.value - right.value);
  return steps.length === 0 ? undefined : [base, ...steps];
}

/** Below every other step. */
const base: dashboard.Threshold = { value: null, color: 'green' };

export function thresholdsOf(steps: readonly dashboard.Threshold[] = [base]): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([...steps]);
}

/** Of the load for each core: from 1 on something waits, from 2 on as much waits as runs. */
export const loadSteps: readonly dashboard.Threshold[] = [
  base,
  { value: 1, color: colours.warning },
  { value: 2, color: colours.critical },
];

/** From one on, bad. */
export const anyIsBad = (color: string): readonly dashboard.Threshold[] => [base, { value: 1, color }];
