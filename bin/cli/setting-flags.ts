/** Flags that are settings: commander answers `--database.url-file` as `database.urlFile`; settings have the flag's own name. Without those not given. */
export function settingFlags(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]),
  );
}

/** What every command over a store takes. */
export interface StoreFlags {
  readonly 'config.file'?: string | undefined;
  readonly 'database.path'?: string | undefined;
  readonly 'database.urlFile'?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** The same for the configuration's layers, without the file's own. */
export function storeFlags(flags: StoreFlags): Readonly<Record<string, unknown>> {
  return settingFlags({ 'database.path': flags['database.path'], 'database.urlFile': flags['database.urlFile'] });
}
