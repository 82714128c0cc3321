/** Reads files with rules: one rule, a list, or a list below `rules:`. Faults have their line. */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { validateBody } from '../../ingest-gateway/http/request-input.ts';
import { newRule, type RuleDefinition } from '../../ingest-gateway/rules/rule/schema.ts';
import { UsageFault } from '../cli/gateway-client.ts';

export interface FileRule {
  readonly rule: RuleDefinition;
  /** The rule as written in the file, which is sent to the gateway. */
  readonly body: unknown;
  /** Returns a place such as `rules.yml:12: labels.team`, with the line of the nearest existing parent. */
  readonly placeOf: (path: string) => string;
}

type Step = string | number;

/** Throws a `UsageFault` that lists every fault of every file. */
export function readRuleFiles(paths: readonly string[]): readonly FileRule[] {
  const faults: string[] = [];
  const rules = paths.flatMap((path) => readRuleFile(path, faults));
  const places = new Map<string, string>();
  for (const { rule, placeOf } of rules) {
    const place = placeOf('name');
    const first = places.get(rule.name);
    if (first !== undefined)
      faults.push(`${place}: a rule ${rule.name} already exists, at ${first.replace(/: name$/, '')}`);
    places.set(rule.name, first ?? place);
  }
  if (faults.length > 0) throw new UsageFault(faults.join('\n'));
  return rules;
}

function readRuleFile(path: string, faults: string[]): readonly FileRule[] {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines });
  for (const { message, linePos } of document.errors)
    faults.push(
      `${path}:${linePos?.[0].line ?? 1}: ${message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}`,
    );
  if (document.errors.length > 0) return [];

  function lineOf(steps: readonly Step[]): number {
    for (let length = steps.length; length >= 0; length -= 1) {
      const node = document.getIn(steps.slice(0, length), true) as { range?: readonly number[] } | undefined;
      const [offset] = node?.range ?? [];
      if (offset !== undefined) return lines.linePos(offset).line;
    }
    return 1;
  }

  const content = document.toJS() as unknown;
  const [prefix, items] = itemsOf(content);
  return items.flatMap((item, at) => {
    const steps: readonly Step[] = Array.isArray(content) || prefix.length > 0 ? [...prefix, at] : [];
    const placeOf = (inner: string): string => `${path}:${lineOf([...steps, ...parsePath(inner)])}: ${inner}`;
    const validated = validateBody(newRule, item);
    if ('value' in validated) return [{ rule: validated.value, body: item, placeOf }];
    for (const { path: inner, message } of validated.faults)
      faults.push(inner === 'body' ? `${placeOf('')}expected a rule` : `${placeOf(inner)}: ${message}`);
    return [];
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw new UsageFault(`${path}: cannot be read (${(cause as NodeJS.ErrnoException).code})`);
  }
}

function itemsOf(content: unknown): readonly [readonly Step[], readonly unknown[]] {
  if (Array.isArray(content)) return [[], content];
  const { rules } = (content ?? {}) as { rules?: unknown };
  return Array.isArray(rules) ? [['rules'], rules] : [[], [content]];
}

/** Parses a path such as `matchers[0].name`. */
function parsePath(path: string): readonly Step[] {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? (name ?? '') : Number(index),
  );
}
