/** Types of settings: each parses and checks the raw value of a flag, an environment variable or YAML. */
import { Secret } from './secret.ts';

/** A fault inside a value. `path` is relative to the setting; empty for the value itself. */
export interface Fault {
  readonly path: readonly (string | number)[];
  readonly expected: string;
  readonly got: string;
}

export type Parsed<T> = { readonly value: T } | { readonly faults: readonly Fault[] };

export interface SettingType<T> {
  /** Shown in `--help`, such as `<duration>`. */
  readonly placeholder: string;
  /** `raw` is text from a flag or the environment, or any YAML value. */
  parse(raw: unknown): Parsed<T>;
  /** Returns the value for the YAML of `--print-config`. */
  print(value: T): unknown;
  /** A switch has no value on the command line: `--x` and `--no-x`. */
  readonly isSwitch?: true;
  /** Value of the flag when given without one. Absent: the flag requires a value. */
  readonly bare?: string;
  /** The flag may be repeated. */
  readonly isList?: true;
  /** Not accepted as a flag: other users of the host see command lines. The flag `--<name>-file` names a file instead. */
  readonly isSecret?: true;
}

/** Returns the fault of a whole value. */
export function fault(expected: string, raw: unknown): { faults: readonly Fault[] } {
  return { faults: [{ path: [], expected, got: describeValue(raw) }] };
}

/** Renders the value for a problem, shortened, with the user and password of URLs masked. */
export function describeValue(raw: unknown): string {
  if (raw === undefined) return 'nothing';
  const text = maskUserInfo(typeof raw === 'string' ? `"${raw}"` : JSON.stringify(raw));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Names the type of a value that may be, or may hold, a secret: `a text`, `a list`. */
export function describeType(raw: unknown): string {
  if (raw === undefined || raw === null) return 'nothing';
  if (Array.isArray(raw)) return 'a list';
  return typeof raw === 'string' ? 'a text' : typeof raw === 'object' ? 'a map' : `a ${typeof raw}`;
}

/** Masks `user:password@`, and everything before the `@` of a URL. */
export function maskUserInfo(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s"]*@|[^\s":/[\],]+:[^\s"]*@/gi, '$1<secret>@');
}

const same = (value: unknown): unknown => value;

export const text: SettingType<string> = {
  placeholder: 'text',
  parse: (raw) => (typeof raw === 'string' && raw !== '' ? { value: raw } : fault('a text that is not empty', raw)),
  print: same,
};

/** A path of a file or folder. Relative paths start at the working directory. */
export const path: SettingType<string> = { ...text, placeholder: 'path' };

export const secret: SettingType<Secret> = {
  placeholder: 'secret',
  parse: (raw) =>
    typeof raw === 'string' && raw !== ''
      ? { value: new Secret(raw) }
      : {
          faults: [
            { path: [], expected: 'a text that is not empty', got: raw === '' ? 'an empty text' : describeType(raw) },
          ],
        },
  print: String,
  isSecret: true,
};

export const flag: SettingType<boolean> = {
  placeholder: 'true|false',
  parse(raw) {
    if (typeof raw === 'boolean') return { value: raw };
    if (raw === 'true' || raw === '1') return { value: true };
    if (raw === 'false' || raw === '0') return { value: false };
    return fault('true or false', raw);
  },
  print: same,
  isSwitch: true,
};

export function integer({ min, max }: { readonly min: number; readonly max: number }): SettingType<number> {
  return {
    placeholder: 'number',
    parse(raw) {
      const value = typeof raw === 'string' && /^-?\d+$/.test(raw) ? Number(raw) : raw;
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return { value };
      return fault(`a whole number from ${min} to ${max}`, raw);
    },
    print: same,
  };
}

export function oneOf<const T extends string>(choices: readonly T[]): SettingType<T> {
  return {
    placeholder: choices.join('|'),
    parse(raw) {
      const value = choices.find((choice) => choice === raw);
      return value === undefined ? fault(`one of ${choices.join(', ')}`, raw) : { value };
    },
    print: same,
  };
}

/** A YAML list, a comma-separated environment variable, or a repeated flag. */
export function list<T>(item: SettingType<T>): SettingType<readonly T[]> {
  return {
    placeholder: item.placeholder,
    parse(raw) {
      const items = typeof raw === 'string' ? raw.split(',').map((part) => part.trim()) : raw;
      if (!Array.isArray(items)) return fault('a list', raw);
      const values: T[] = [];
      const faults: Fault[] = [];
      for (const [index, each] of items.entries()) {
        const parsed = item.parse(each);
        if ('value' in parsed) values.push(parsed.value);
        else faults.push(...parsed.faults.map((found) => ({ ...found, path: [index, ...found.path] })));
      }
      return faults.length > 0 ? { faults } : { value: values };
    },
    print: (values) => values.map((value) => item.print(value)),
    isList: true,
  };
}

/** An absolute http or https URL without a trailing slash. */
export const url: SettingType<string> = {
  placeholder: 'url',
  parse(raw) {
    const parsed = typeof raw === 'string' ? URL.parse(raw) : null;
    if (parsed === null || !['http:', 'https:'].includes(parsed.protocol))
      return fault('an http:// or https:// URL', raw);
    return { value: (raw as string).replace(/\/+$/, '') };
  },
  print: maskUserInfo,
};
