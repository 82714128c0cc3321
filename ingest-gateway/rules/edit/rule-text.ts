/** A rule as the text of its file. The first line says whose it is: what is not ours is never touched. */
import { stringify } from 'yaml';
import { renderDuration } from '../../../common/program/settings/units.ts';
import { alertingRuleOf } from '../alerting-rule.ts';
import type { RuleDefinition } from '../schema.ts';

export const ruleIdForm = /^rule-[0-9a-f]{8}$/;

/** In Prometheus. Never changed: the states of its alerts hang on it. */
export function groupName(ruleId: string): string {
  return `hostpulse-custom-${ruleId}`;
}

export interface RuleTextOptions {
  readonly ruleId: string;
  readonly rule: RuleDefinition;
  /** Names the database. */
  readonly owner: string;
  readonly intervalMs: number;
}

/** Every text in double quotes on a line of its own: it comes back as it was, whatever is in it and whoever reads it. */
const yamlForm = {
  lineWidth: 0,
  blockQuote: false,
  defaultStringType: 'QUOTE_DOUBLE',
  defaultKeyType: 'PLAIN',
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  aliasDuplicateObjects: false,
} as const;

export function renderRuleText({ ruleId, rule, owner, intervalMs }: RuleTextOptions): string {
  const groups = [{ name: groupName(ruleId), interval: renderDuration(intervalMs), rules: [alertingRuleOf(rule)] }];
  const body = stringify({ groups }, yamlForm);
  return `${firstLine(ruleId, owner)} Change it by /api/v1/alerts/rules or "hostpulse rules"; a change here is undone.\n${body}`;
}

function firstLine(ruleId: string, owner: string): string {
  return `# hostpulse ${ruleId} of ${owner}.`;
}

/** Whether this database's gateway wrote it, as the file of that rule. */
export function isOwnText(text: string, { ruleId, owner }: Pick<RuleTextOptions, 'ruleId' | 'owner'>): boolean {
  return text.startsWith(firstLine(ruleId, owner));
}
