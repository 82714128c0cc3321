/** Parses the values of `--collector.sysctl.include` and `--collector.sysctl.include-info`. */
import { parseLines, quote } from '../../procfs/host-file.ts';

/** A setting that a flag names. */
export interface Selection {
  /** The name as given: `net.ipv4.tcp_rmem`, or a path with slashes. */
  readonly name: string;
  /** Names of the columns: `min`, `default`, `max`. Empty: columns are numbered. */
  readonly columns: readonly string[];
}

const namePattern = /^[\w-]+([./][\w.@+-]*[\w@+-])*$/;
const columnPattern = /^[a-zA-Z0-9_]+$/;

/** Returns the selections of a flag, one per line, each name once. Throws an Error that names the flag and the expected form. */
export function parseSelections(lines: string, flag: 'include' | 'include-info'): Selection[] {
  const selections = new Map<string, Selection>();
  for (const line of parseLines(lines)) {
    const selection = parseSelection(line, flag);
    if (!selections.has(selection.name)) selections.set(selection.name, selection);
  }
  return [...selections.values()];
}

function parseSelection(line: string, flag: 'include' | 'include-info'): Selection {
  const colon = line.indexOf(':');
  const name = colon === -1 ? line : line.slice(0, colon);
  const columns = colon === -1 ? [] : line.slice(colon + 1).split(',');
  const isValid =
    namePattern.test(name) && !name.split(/[./]/).includes('') && columns.every((each) => columnPattern.test(each));
  if (!isValid)
    throw new Error(
      `--collector.sysctl.${flag}: expected a setting such as net.ipv4.tcp_rmem or net.ipv4.tcp_rmem:min,default,max, got ${quote(line)}`,
    );
  if (flag === 'include-info' && columns.length > 0)
    throw new Error(`--collector.sysctl.include-info: expected a setting without columns, got ${quote(line)}`);
  return { name, columns };
}

/** Returns the path of a setting below /proc/sys. In a name with a slash, as in sysctl(8), dots belong to the parts: `net/ipv4/conf/eth0.100/forwarding`. */
export function settingPath(name: string): string {
  return name.includes('/') ? name : name.replaceAll('.', '/');
}
