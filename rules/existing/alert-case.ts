/** A promtool case of an alert: the series of a host beyond the threshold, and of one within the threshold. */
import type { Steady } from './case-file.ts';

export interface AlertCase {
  readonly alert: string;
  readonly severity: 'critical' | 'warning';
  readonly metric?: string;
  /** Labels of the alert besides job, instance, severity and metric. */
  readonly labels?: string;
  readonly forSeconds: number;
  /** Whether the condition needs a second scrape. */
  readonly isRate?: true;
  /** Series without job and instance. */
  readonly above: Readonly<Record<string, Steady | string>>;
  readonly below: Readonly<Record<string, Steady | string>>;
}
