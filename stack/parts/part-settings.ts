/**
 * The settings files of single components in the data directory. `up` decides ports, paths, tokens and addresses, and refuses
 * a file that sets one of them; every other setting has effect.
 */
import { existsSync } from 'node:fs';
import { type Problem, renderPath } from '../../common/program/settings/config.ts';
import { readConfigFile } from '../../common/program/settings/config-file.ts';

export interface PartFile {
  readonly file: string;
  /** Flags that `up` passes to the component: `--web.listen-address=...`. */
  readonly flags: readonly string[];
  /** Paths that the file may set although `up` has a value. */
  readonly allowed: readonly string[];
}

/** Decided by `up` without a flag: credentials are in the data directory's SQLite file, and components reach each other over HTTP. */
const decidedAlways: readonly string[] = ['database.url', 'database.url_file', 'web.config_file'];

/** Returns one problem for each setting that `up` decides. Faults of other kinds are reported by the component itself. */
export function partFileProblems(parts: readonly PartFile[]): readonly Problem[] {
  return parts.filter(({ file }) => existsSync(file)).flatMap(problemsOf);
}

function problemsOf({ file, flags, allowed }: PartFile): readonly Problem[] {
  const source = readConfigFile(file);
  const decided = new Set([...flags.flatMap(pathsOf), ...decidedAlways].filter((path) => !allowed.includes(path)));
  return [...decided].flatMap((path) => {
    const steps = path.split('.');
    const value = valueAt(source.root, steps);
    if (value === undefined) return [];
    const place = `${source.placeOf(steps)}: ${renderPath(steps)}`;
    return [{ place, expected: 'no value, as "hostpulse up" decides it (hostpulse up --help)', got: `a value` }];
  });
}

/** Returns the settings behind a flag: a secret's flag ends in `-file`, and the file may have the secret itself. */
function pathsOf(flag: string): readonly string[] {
  const name = flag.replace(/^--(?:no-)?/, '').replace(/=.*$/s, '');
  if (name === 'config.file' || name === 'web.config.file') return [];
  const path = name.replaceAll('-', '_');
  return path.endsWith('_file') ? [path, path.slice(0, -'_file'.length)] : [path];
}

function valueAt(root: unknown, steps: readonly string[]): unknown {
  let value = root;
  for (const step of steps) value = (value as Record<string, unknown> | null | undefined)?.[step];
  return value;
}
