/** Tells a process from a later one that got the same id: the id with the kernel's start time. */
import { readFileSync } from 'node:fs';

/** Clock ticks since boot at which the process started; undefined when it is gone, or where there is no procfs. */
export function tryStartTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses, which may hold blanks; starttime is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
