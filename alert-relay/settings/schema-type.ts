/** Parses structured settings with a schema. Each fault has the path of its field. */
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { didYouMean } from '../../common/program/settings/nearest-name.ts';
import { describeType, describeValue, type Fault, type Parsed } from '../../common/program/settings/setting-type.ts';
import { expectation } from '../../common/program/settings/validation-messages.ts';

/** Parses a structured setting. `raw` is a value from the config file, or YAML text from the environment. */
export function parseWithSchema<T>(schema: z.ZodType<T>, raw: unknown): Parsed<T> {
  const parsed = typeof raw === 'string' ? tryParseYaml(raw) : { tree: raw };
  if (parsed === undefined) return { faults: [{ path: [], expected: 'YAML', got: 'a text that is not YAML' }] };
  const checked = schema.safeParse(parsed.tree, { error: expectation });
  if (checked.success) return { value: checked.data };
  return { faults: checked.error.issues.flatMap((issue) => faultsOf(issue, { tree: parsed.tree, schema })) };
}

function tryParseYaml(text: string): { readonly tree: unknown } | undefined {
  try {
    return { tree: parseYaml(text) as unknown };
  } catch {
    return undefined; // reported as a fault of the setting
  }
}

interface Checked {
  readonly tree: unknown;
  readonly schema: z.core.$ZodType;
}

function faultsOf(issue: z.core.$ZodIssue, { tree, schema }: Checked): readonly Fault[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const got = `"${key}"${didYouMean(key, knownKeys(schema, tree, path))}`;
      return { path: [...path, key], expected: 'a known key', got };
    });
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

/** Returns the keys of the object at the path. Where several objects are possible, the members of the value decide. */
function knownKeys(schema: z.core.$ZodType, value: unknown, path: readonly (string | number)[]): readonly string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if ('innerType' in def) return knownKeys(def.innerType, value, path); // optional, with a default
  if (def.type === 'pipe') return knownKeys(def.in, value, path);
  if (def.type === 'union') return unionKeys(def.options, value, path);
  const [step, ...rest] = path;
  if (step === undefined) return def.type === 'object' ? Object.keys(def.shape) : [];
  const member = (value as Readonly<Record<string, unknown>> | null | undefined)?.[step];
  const next = memberSchema(def, step);
  return next === undefined ? [] : knownKeys(next, member, rest);
}

function memberSchema(def: z.core.$ZodTypes['_zod']['def'], step: string | number): z.core.$ZodType | undefined {
  if (def.type === 'object') return Object.hasOwn(def.shape, step) ? def.shape[step] : undefined;
  if (def.type === 'record') return def.valueType;
  return def.type === 'array' ? def.element : undefined;
}

/**
 * Returns the keys that the options of a union allow at the path. A member with a fixed text, such as `type: slack`, chooses the
 * option.
 */
function unionKeys(
  options: readonly z.core.$ZodType[],
  value: unknown,
  path: readonly (string | number)[],
): readonly string[] {
  const fits = (option: z.core.$ZodType): boolean => {
    const { def } = (option as z.core.$ZodTypes)._zod;
    if (def.type !== 'object') return true;
    return Object.entries(def.shape).every(([name, field]) => {
      const literal = (field as z.core.$ZodTypes)._zod.def;
      const given = (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
      return literal.type !== 'literal' || literal.values.some((each) => each === given);
    });
  };
  return options.filter(fits).flatMap((option) => knownKeys(option, value, path));
}
