/** Parses structured settings with a schema. Each fault has the path of its field. */
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { describeValue, type Fault, fault, type Parsed } from '../../common/program/settings/setting-type.ts';
import { expectation } from '../../common/program/settings/validation-messages.ts';

/** `raw` is a value from the config file, or YAML text from the environment. */
export function parseWithSchema<T>(schema: z.ZodType<T>, raw: unknown): Parsed<T> {
  const parsed = typeof raw === 'string' ? tryParseYaml(raw) : { tree: raw };
  if (parsed === undefined) return fault('YAML', raw);
  const checked = schema.safeParse(parsed.tree, { error: expectation });
  if (checked.success) return { value: checked.data };
  return { faults: checked.error.issues.flatMap((issue) => faultsOf(issue, parsed.tree)) };
}

function tryParseYaml(text: string): { readonly tree: unknown } | undefined {
  try {
    return { tree: parseYaml(text) as unknown };
  } catch {
    return undefined; // reported as a fault of the setting
  }
}

function faultsOf(issue: z.core.$ZodIssue, tree: unknown): readonly Fault[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], expected: 'a known key', got: `"${key}"` }));
  if (issue.code === 'invalid_key') return [{ path, expected: issue.message, got: describeValue(path.at(-1)) }];
  return [{ path, expected: issue.message, got: describeField(path, tree) }];
}

/** Describes the value at the path; a value that may be a secret by its type only. */
function describeField(path: readonly (string | number)[], tree: unknown): string {
  const value = path.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | null)?.[step], tree);
  const isSecret = path.some((step) => /^(?:webhook_)?url$|^secret$|^token$|^password$/.test(String(step)));
  return isSecret && value !== undefined ? `a ${typeof value}` : describeValue(value);
}
