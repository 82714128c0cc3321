/** The structure of Prometheus' rule files, and their YAML. */
import { stringify } from 'yaml';

/** Prometheus' `rule_files` include files with this ending. */
export const ruleFileEnding = '.rules.yml';

/** Appended to the name of a file that would prevent Prometheus from starting, so that Prometheus ignores the file. */
export const setAsideEnding = '.set-aside';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** Returns the text of the file. Long expressions are folded into several lines. */
export function renderRuleFile(comment: string, groups: readonly RuleGroup[]): string {
  return `# ${comment}\n${stringify({ groups }, { lineWidth: 118, blockQuote: 'folded', defaultStringType: 'PLAIN' })}`;
}
