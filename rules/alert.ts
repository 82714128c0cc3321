/** An alert as hostpulse writes it: a bare expression against a threshold, and what is said of it. */
import type { Unit } from '../common/catalogue/metric.ts';
import type { AlertingRule } from '../common/prometheus/rule-file.ts';

export type Severity = 'critical' | 'warning' | 'none';

export interface Alert {
  readonly name: string;
  readonly severity: Severity;
  /** Dotted name, for alerts about a catalogue metric. */
  readonly metric?: string;
  /** The rule without its threshold: what the relay asks again for the value at resolve. */
  readonly bare: string;
  readonly operator: '>' | '<' | '==';
  readonly threshold: number;
  readonly unit: Unit | 'seconds' | 'state';
  /** Absent: fires at the first evaluation. */
  readonly for?: string;
  /** One line; Prometheus' template. */
  readonly summary: string;
  /** What it means and what to look at first; Prometheus' template. */
  readonly description: string;
}

/**
 * Labels are an alert's identity, so whatever changes while it fires (its value) and whatever may be edited (threshold,
 * channels) is an annotation. `channels: default` leaves the choice to the relay's own routes.
 */
export function alertingRule(alert: Alert): AlertingRule {
  const { bare, operator, threshold } = alert;
  if (bare.includes('{{')) throw new Error(`${alert.name}: {{ in an expression would be read as a template: ${bare}`);
  return {
    alert: alert.name,
    expr: `${/\s/.test(bare) ? `(${bare})` : bare} ${operator} ${threshold}`,
    ...(alert.for === undefined ? {} : { for: alert.for }),
    labels: { severity: alert.severity, ...(alert.metric === undefined ? {} : { metric: alert.metric }) },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      value: '{{ $value }}',
      threshold: String(threshold),
      unit: alert.unit,
      expr: bare,
      channels: 'default',
    },
  };
}
