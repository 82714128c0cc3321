/** The environment of child processes: variables that programs commonly read, without the secrets of their parent. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Upper case, because Windows ignores the case of names. */
const commonNames = new Set(
  [
    'PATH HOME USER LOGNAME TMPDIR TZ TZDIR LANG LANGUAGE SSL_CERT_FILE SSL_CERT_DIR LD_LIBRARY_PATH',
    'GODEBUG GOGC GOMAXPROCS GOMEMLIMIT GOTRACEBACK',
    'NODE_ENV NODE_EXTRA_CA_CERTS NODE_OPTIONS UV_THREADPOOL_SIZE',
    'SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT TEMP TMP USERPROFILE PROGRAMDATA',
  ].flatMap((names) => names.split(' ')),
);

/**
 * Returns the variables that programs commonly read: paths, locale, time zone, certificates, settings of the Go and Node
 * runtimes. `isNeeded` adds variables by name. Variables that `${NAME}` in a config file reads are not among them.
 */
export function childEnvironment(
  environment: Environment,
  isNeeded: (name: string) => boolean = () => false,
): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && (isCommon(entry[0]) || isNeeded(entry[0])),
  );
  return Object.fromEntries(entries);
}

function isCommon(name: string): boolean {
  const upper = name.toUpperCase();
  return commonNames.has(upper) || upper.startsWith('LC_');
}
