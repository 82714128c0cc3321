/** The form of hostpulse's own alerts: an expression compared with a threshold, and texts. */
import type { Unit } from '../common/catalogue/metrics.ts';
import type { AlertingRule } from '../common/prometheus/rule-file.ts';

export type Severity = 'critical' | 'warning' | 'none';

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
   * The program whose outage causes this alert as well. The alert does not fire while no program of the job answers, nor within
   * `window` after that: the alert about the program is enough.
   */
  readonly causedBy?: { readonly job: 'alertmanager' | 'gateway' | 'relay'; readonly window: string };
  /** The alert does not fire for label sets that this vector has. */
  readonly unless?: string;
  /** Absent: fires at the first evaluation. */
  readonly for?: string;
  /** One line; a Prometheus template. */
  readonly summary: string;
  /** Meaning and first remedy; a Prometheus template. */
  readonly description: string;
}

/** Template of the instance, for texts. */
export const where = '{{ $labels.instance }}';

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
  const { bare, operator, threshold, unless } = alert;
  if (bare.includes('{{')) throw new Error(`${alert.name}: {{ in an expression would be read as a template: ${bare}`);
  return {
    alert: alert.name,
    expr: `${/\s/.test(bare) ? `(${bare})` : bare} ${operator} ${threshold}${unless === undefined ? '' : ` unless ${unless}`}${unlessStopped(alert)}`,
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

/** Returns the condition that no program of the job answered at some time of the window; false without such a job. */
export function wasStopped({ job, window }: NonNullable<Alert['causedBy']>): string {
  return `min_over_time(max(up{job="${job}"})[${window}:15s]) == 0`;
}

function unlessStopped({ causedBy }: Alert): string {
  return causedBy === undefined ? '' : ` unless on () (${wasStopped(causedBy)})`;
}
