/** Defines the structure of promtool's test files, and renders the values of their input series. */
import { stringify } from 'yaml';

export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

export interface ExpressionCase {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

export interface RuleCase {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly InputSeries[];
  readonly promql_expr_test: readonly ExpressionCase[];
}

interface CaseFile {
  readonly comment: string;
  readonly ruleFiles: readonly string[];
  readonly evaluationSeconds: number;
  readonly tests: readonly RuleCase[];
}

export function renderCaseFile({ comment, ruleFiles, evaluationSeconds, tests }: CaseFile): string {
  const content = { rule_files: ruleFiles, evaluation_interval: `${evaluationSeconds}s`, tests };
  return `# ${comment}\n${stringify(content, { lineWidth: 0 })}`;
}

export interface CaseJobs {
  /** The job of the hosts in the cases. */
  readonly job: string;
  /** A job whose series the rules must not read; undefined if the job pattern matches every job. */
  readonly otherJob: string | undefined;
}

/** Labels of the file system in the cases. */
export const filesystem = 'device="/dev/sda1",fstype="ext4",mountpoint="/"';

/** A series that changes steadily from a value at time 0. A constant changes by 0. */
export interface Steady {
  readonly start: number;
  readonly perSecond: number;
}

export function constant(value: number): Steady {
  return { start: value, perSecond: 0 };
}

/** Returns a counter. The start is high, so that `rate` does not take it for the counter's beginning. */
export function increasing(perSecond: number): Steady {
  return { start: 100_000, perSecond };
}

interface Scrapes {
  readonly intervalSeconds: number;
  readonly untilSeconds: number;
  /** Index of a scrape that is lost. */
  readonly lost?: number;
}

/** Returns the values of all scrapes from time 0, in promtool's notation. */
export function renderValues({ start, perSecond }: Steady, { intervalSeconds, untilSeconds, lost }: Scrapes): string {
  const step = round(perSecond * intervalSeconds);
  const last = Math.ceil(untilSeconds / intervalSeconds);
  const run = (from: number, to: number): string => `${round(start + step * from)}${renderStep(step)}x${to - from}`;
  return lost === undefined ? run(0, last) : `${run(0, lost - 1)} _ ${run(lost + 1, last)}`;
}

function renderStep(step: number): string {
  return step < 0 ? `${step}` : `+${step}`;
}

/** Removes the noise of binary fractions. */
function round(value: number): number {
  return Number(value.toFixed(9));
}
