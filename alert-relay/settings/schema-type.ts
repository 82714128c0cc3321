/** Parses structured settings with a schema. Each fault has the path of its field. */
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { describeType, describeValue, type Fault, type Parsed } from '../../common/program/settings/setting-type.ts';
import { expectation } from '../../common/program/settings/validation-messages.ts';

/** `raw` is a value from the config file, or YAML text from the environment. */
export function parseWithSchema<T>(schema: z.ZodType<T>, raw: unknown): Parsed<T> {
  const parsed = typeof raw === 'string' ? tryParseYaml(raw) : { tree: raw };
  if (parsed === undefined) return { faults: [{ path: [], expected: 'YAML', got: 'a text that is not YAML' }] };
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
  return [{ path, expected: issue.message, got: describeField(path, tree, issue) }];
}

/** Fields that hold secrets; `<name>_file` holds a path. */
const secretField = /(?:url|secret|token|password|key|credential|header)s?$/i;

/** Describes the value at the path; a value that may be a secret, or that is given instead of a map with secrets, by its type only. */
function describeField(path: readonly (string | number)[], tree: unknown, issue: z.core.$ZodIssue): string {
  const value = path.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | null)?.[step], tree);
  const isWhole = issue.code === 'invalid_type' && ['object', 'record', 'array'].includes(issue.expected);
  const isSecret = path.some((step) => secretField.test(String(step)));
  return isWhole || isSecret ? describeType(value) : describeValue(value);
}
