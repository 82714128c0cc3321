/**
 * Defines a case of an alert, and converts the case to a promtool test. The values of the host `above` are just beyond the threshold, the
 * values of the host `below` just within it.
 */
import { alertIntervalSeconds, type Fleet, holdSeconds } from '../fleet.ts';
import { type CaseJobs, type InputSeries, type RuleCase, renderValues, type Steady } from './case-file.ts';

export type CaseSeries = Readonly<Record<string, Steady | string>>;

export interface AlertCase {
  readonly alert: string;
  readonly severity: 'critical' | 'warning';
  readonly metric?: string;
  /** Labels of the alert in PromQL's notation, without job, instance, severity and metric. */
  readonly labels?: string;
  readonly forSeconds: number;
  /** Whether the condition can be true at the second scrape at the earliest. */
  readonly needsSecondScrape?: true;
  /** Values of the host `above` by series without job and instance. A text has promtool's notation. */
  readonly above: CaseSeries;
  /** Values of the host `below`, like `above`. */
  readonly below: CaseSeries;
}

/** Returns the test of an alert: it fires when its duration is over, and not one evaluation earlier. */
export function alertTest(each: AlertCase, fleet: Fleet, { job, otherJob }: CaseJobs): RuleCase {
  const { intervalSeconds } = fleet;
  const every = alertIntervalSeconds(fleet);
  const up = (seconds: number): number => Math.ceil(seconds / every) * every;
  const dueSeconds = (each.needsSecondScrape ? up(intervalSeconds) : 0) + up(holdSeconds(each.forSeconds, fleet));
  const series = (of: CaseSeries, instance: string, ofJob: string): readonly InputSeries[] =>
    Object.entries(of).map(([name, values]) => ({
      series: withLabels(name, `instance="${instance}",job="${ofJob}"`),
      values: typeof values === 'string' ? values : renderValues(values, { intervalSeconds, untilSeconds: dueSeconds }),
    }));
  return {
    name: `${each.alert}: fires after ${dueSeconds} s`,
    interval: `${intervalSeconds}s`,
    input_series: [
      ...series(each.above, 'above', job),
      ...series(each.below, 'below', job),
      ...(otherJob === undefined ? [] : series(each.above, 'above', otherJob)),
    ],
    promql_expr_test: [
      { expr: firing(each.alert), eval_time: `${dueSeconds - every}s`, exp_samples: [] },
      {
        expr: firing(each.alert),
        eval_time: `${dueSeconds}s`,
        exp_samples: [{ labels: withLabels(firing(each.alert), labelsOf(each, job)), value: 1 }],
      },
    ],
  };
}

/** Returns the selector of the firing alert. */
export function firing(alert: string): string {
  return `ALERTS{alertname="${alert}",alertstate="firing"}`;
}

/** Returns the labels of the alert about the host `above`. */
export function labelsOf({ labels, metric, severity }: AlertCase, job: string): string {
  const own = [labels, metric === undefined ? undefined : `metric="${metric}"`].filter((each) => each !== undefined);
  return [...own, 'instance="above"', `job="${job}"`, `severity="${severity}"`].join(',');
}

/** Adds labels to `name` or `name{...}`. */
export function withLabels(name: string, labels: string): string {
  return name.endsWith('}') ? `${name.slice(0, -1)},${labels}}` : `${name}{${labels}}`;
}
