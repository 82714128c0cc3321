/** Declares the settings of a program. Precedence: flag, environment variable, config file, default. */
import type { SettingType } from './setting-type.ts';

/** A setting. `T` includes undefined when the setting is optional. */
export interface Setting<T> extends SettingType<T> {
  /** Dotted path in the config file: `web.listen_address`. */
  readonly path: string;
  readonly help: string;
  /** Flag without dashes; by default the path with `-` instead of `_`. Null: no flag. */
  readonly flag: string | null;
  readonly isRequired: boolean;
  /** Accepted, but not listed in `--help`. */
  readonly isHidden: boolean;
  readonly defaultValue: T | undefined;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The checked values by setting name. */
export type ConfigOf<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};

interface SettingSpec<T> {
  readonly path: string;
  readonly help: string;
  readonly type: SettingType<T>;
  /** Set when the flag is not derived from the path; null: no flag. */
  readonly flag?: string | null;
  readonly isHidden?: boolean;
}

/** Declares a setting with a default. */
export function setting<T>(spec: SettingSpec<T> & { readonly default: NoInfer<T> }): Setting<T> {
  return define(spec, { defaultValue: spec.default, isRequired: false });
}

/** Declares an optional setting without a default. */
export function optional<T>(spec: SettingSpec<T>): Setting<T | undefined> {
  return define<T | undefined>(spec as unknown as SettingSpec<T | undefined>, {
    defaultValue: undefined,
    isRequired: false,
  });
}

/** Declares a setting that must be given. */
export function required<T>(spec: SettingSpec<T>): Setting<T> {
  return define(spec, { defaultValue: undefined, isRequired: true });
}

function define<T>(
  { path, help, type, flag = path.replaceAll('_', '-'), isHidden = false }: SettingSpec<T>,
  { defaultValue, isRequired }: { readonly defaultValue: T | undefined; readonly isRequired: boolean },
): Setting<T> {
  return { ...type, path, help, flag, isRequired, isHidden, defaultValue };
}

/** Returns the environment variable, such as `HOSTPULSE_EXPORTER_WEB_LISTEN_ADDRESS` for `web.listen_address`. */
export function environmentName(program: string, path: string): string {
  return `HOSTPULSE_${program}_${path}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}
