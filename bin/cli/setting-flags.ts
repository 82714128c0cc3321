/** Renames commander's options to flag names: `database.urlFile` becomes `database.url-file`. Drops flags that were not given. */
export function settingFlags(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]),
  );
}

/** Flags of every command that opens a database. */
export interface StoreFlags {
  readonly 'config.file'?: string | undefined;
  readonly 'database.path'?: string | undefined;
  readonly 'database.urlFile'?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** Returns the flags that are settings: all but `config.file`. */
export function storeFlags(flags: StoreFlags): Readonly<Record<string, unknown>> {
  return settingFlags({ 'database.path': flags['database.path'], 'database.urlFile': flags['database.urlFile'] });
}
