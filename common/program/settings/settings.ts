/** Settings of a program: each named once, reachable by flag, environment, file and default, in that order. */
import type { SettingType, Parsed } from './setting-type.ts';

/** One setting. `T` includes undefined where the setting may be absent. */
export interface Setting<T> {
  /** Dotted path in the config file: `web.listen_address`. */
  readonly path: string;
  readonly help: string;
  readonly placeholder: string;
  /** Flag without dashes; by default the path with `-` for `_`. Absent (null): no flag. */
  readonly flag: string | null;
  readonly isSwitch: boolean;
  /** What the flag means without a value. */
  readonly bare?: string;
  readonly isList: boolean;
  readonly isSecret: boolean;
  readonly isRequired: boolean;
  /** Obeyed but not shown in `--help`. */
  readonly isHidden: boolean;
  readonly defaultValue: T | undefined;
  parse(raw: unknown): Parsed<T>;
  print(value: T): unknown;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The checked values under the settings' own names. */
export type ConfigOf<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};

interface SettingSpec<T> {
  readonly path: string;
  readonly help: string;
  readonly kind: SettingType<T>;
  /** The flag's name where it is not the path's; null for none. */
  readonly flag?: string | null;
  readonly isHidden?: boolean;
}

/** A setting with a default. */
export function setting<T>(spec: SettingSpec<T> & { readonly default: NoInfer<T> }): Setting<T> {
  return define(spec, { defaultValue: spec.default, isRequired: false });
}

/** A setting that may be absent. */
export function optional<T>(spec: SettingSpec<T>): Setting<T | undefined> {
  return define<T | undefined>(spec as unknown as SettingSpec<T | undefined>, {
    defaultValue: undefined,
    isRequired: false,
  });
}

/** A setting that must be given somewhere. */
export function required<T>(spec: SettingSpec<T>): Setting<T> {
  return define(spec, { defaultValue: undefined, isRequired: true });
}

function define<T>(
  { path, help, kind, flag, isHidden = false }: SettingSpec<T>,
  { defaultValue, isRequired }: { readonly defaultValue: T | undefined; readonly isRequired: boolean },
): Setting<T> {
  return {
    path,
    help,
    placeholder: kind.placeholder,
    flag: flag === undefined ? path.replaceAll('_', '-') : flag,
    isSwitch: kind.isSwitch === true,
    ...(kind.bare === undefined ? {} : { bare: kind.bare }),
    isList: kind.isList === true,
    isSecret: kind.isSecret === true,
    isRequired,
    isHidden,
    defaultValue,
    parse: (raw) => kind.parse(raw),
    print: (value) => kind.print(value),
  };
}

/** `HOSTPULSE_EXPORTER_WEB_LISTEN_ADDRESS` for the exporter's `web.listen_address`. */
export function environmentName(program: string, path: string): string {
  return `HOSTPULSE_${program}_${path}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}
