/** Defines the form of hostpulse's own alerts (an expression compared with a threshold, and texts), and converts alerts to rules for Prometheus. */
import type { Unit } from '../common/catalogue/metrics.ts';
import type { AlertingRule } from '../common/prometheus/rule-file.ts';

export type Severity = 'critical' | 'warning' | 'none';

/** The outage of all programs of a job, or of the database of a gateway. */
export interface Outage {
  readonly of: 'alertmanager' | 'gateway' | 'relay' | 'database';
  readonly window: string;
}

export interface Alert {
  readonly name: string;
  readonly severity: Severity;
  /** Dotted name, for alerts about a catalogue metric. */
  readonly metric?: string;
  /** The expression without the threshold. The relay queries it for the value at resolve. */
  readonly bare: string;
  readonly operator: '>' | '<' | '==';
  readonly threshold: number;
  readonly unit: Unit | 'seconds' | 'state';
  /**
   * The outages that cause this alert as well. The alert does not fire during such an outage, nor within its `window` after the
   * end: the alert about the outage is enough.
   */
  readonly causedBy?: readonly Outage[];
  /** The alert does not fire for label sets that this vector has. */
  readonly unless?: string;
  /** Time for which the condition must hold. Absent: the alert fires at the first evaluation. */
  readonly for?: string;
  /** One line; a Prometheus template. */
  readonly summary: string;
  /** Meaning and first remedy; a Prometheus template. */
  readonly description: string;
}

/** Template of the instance, for texts. */
export const where = '{{ $labels.instance }}';
/** Template of a value in percent, for texts. */
export const percentValue = '{{ $value | printf "%.1f" }} %';

/** Returns an alert that fires at the first increase of a counter. */
export function counted(alert: Pick<Alert, 'name' | 'severity' | 'bare' | 'summary' | 'description'>): Alert {
  return { ...alert, operator: '>', threshold: 0, unit: 'count' };
}

/** Returns an alert on a gauge that is 1 in normal operation. */
export function broken(alert: Pick<Alert, 'name' | 'severity' | 'bare' | 'for' | 'summary' | 'description'>): Alert {
  return { ...alert, operator: '==', threshold: 0, unit: 'state' };
}

/**
 * Returns the alert as a rule for Prometheus. Labels identify an alert, so values that change while it fires, and settings
 * that may be edited (threshold, channels), are annotations. `channels: default` selects the routes of the relay.
 */
export function alertingRule(alert: Alert): AlertingRule {
  const { bare, operator, threshold } = alert;
  if (bare.includes('{{')) throw new Error(`${alert.name}: {{ in an expression would be read as a template: ${bare}`);
  return {
    alert: alert.name,
    expr: `${/\s/.test(bare) ? `(${bare})` : bare} ${operator} ${threshold}${unlessVector(alert)}${unlessCaused(alert)}`,
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

/**
 * Returns an expression that has a value when the outage lasted at any time within its window. The expression is empty when Prometheus
 * has neither the job nor the metric.
 */
export function happened({ of, window }: Outage): string {
  const isWorking = of === 'database' ? 'min(hostpulse_gateway_database_up)' : `max(up{job="${of}"})`;
  return `min_over_time(${isWorking}[${window}:15s]) == 0`;
}

function unlessVector({ unless }: Alert): string {
  return unless === undefined ? '' : ` unless ${unless}`;
}

function unlessCaused({ causedBy = [] }: Alert): string {
  return causedBy.map((outage) => ` unless on () (${happened(outage)})`).join('');
}
