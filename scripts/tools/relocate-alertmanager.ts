/**
 * Makes Debian's Alertmanager run where it was unpacked. The program reads its message templates from an absolute path that
 * only root can create. The constant in the unpacked copy is replaced by a relative path of the same length.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const absolute = '/usr/share/prometheus/alertmanager';
const relative = 'usr/share/prometheus/alertmanager/';

/**
 * Replaces the path in the unpacked program, unless this machine has the templates. Idempotent. `root` is the folder that the package
 * was unpacked into. Throws when the program does not contain the path exactly once.
 */
export function relocateAlertmanager(root: string): void {
  if (existsSync(absolute)) return; // the package is installed on this machine: the templates exist
  relocateForAnyMachine(root);
}

/** Replaces the path even if this machine has the templates, because the files below `root` are for other machines. */
export function relocateForAnyMachine(root: string): void {
  const program = join(root, 'usr', 'bin', 'prometheus-alertmanager');
  const relocated = `${program}.relocated`;
  const code = readFileSync(program);
  if (code.toString('latin1', 0, 2) === '#!') return;
  const [offset, ...others] = constantOffsets(code);
  if (offset === undefined || others.length > 0)
    throw new Error(`${program}: expected the path ${absolute} in it exactly once`);
  code.write(relative, offset, 'latin1');
  writeFileSync(relocated, code);
  chmodSync(relocated, 0o755);
  writeFileSync(
    program,
    `#!/bin/sh\n# Its templates' path is relative to the folder that it was unpacked into.\nhere=$(cd "$(dirname "$0")" && pwd)\ncd "$here/../.." && exec "$here/prometheus-alertmanager.relocated" "$@"\n`,
  );
}

/** Returns the offsets of the path. Skips offsets at which a longer path begins (`.../no-ui`, `.../ui/`). */
function constantOffsets(code: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = code.indexOf(absolute); at !== -1; at = code.indexOf(absolute, at + 1)) {
    if (code[at + absolute.length] !== 0x2f) offsets.push(at);
  }
  return offsets;
}
