/** Lists the processes of the host and their groups. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessStat, parseProcessStat } from '../../procfs/process-stat.ts';
import type { AttributeReader } from '../../procfs/sysfs.ts';
import type { GroupOf } from './group-names.ts';

export interface GroupedProcess {
  /** Process ID and start time, because the kernel uses process IDs again. */
  readonly key: string;
  readonly folder: string;
  readonly group: string;
  readonly stat: ProcessStat;
}

export interface ProcessListOptions {
  readonly procfs: string;
  readonly attributes: AttributeReader;
  readonly groupOf: GroupOf;
  /** Whether the list includes kernel threads. */
  readonly hasKernelThreads: boolean;
}

/** Process ID of kthreadd, the parent of all kernel threads. */
const kernelThreads = 2;

/** Returns a function that lists the processes. The group of a process is determined again only when the name of the process changes. */
export function createProcessList(options: ProcessListOptions) {
  const { procfs, attributes, groupOf, hasKernelThreads } = options;
  let known = new Map<string, { readonly command: string; readonly group: string | undefined }>();

  return async (pause: () => Promise<void> | undefined): Promise<GroupedProcess[]> => {
    const processes: GroupedProcess[] = [];
    const next: typeof known = new Map();
    for (const pid of readdirSync(procfs)) {
      if (!/^\d{1,10}$/.test(pid)) continue;
      await pause();
      const folder = join(procfs, pid);
      const stat = attributes.parsed(join(folder, 'stat'), parseProcessStat);
      if (stat === undefined) continue;
      if (!hasKernelThreads && (stat.parent === kernelThreads || Number(pid) === kernelThreads)) continue;
      const key = `${pid} ${stat.startTicks}`;
      const { command } = stat;
      const before = known.get(key);
      const group =
        before?.command === command ? before.group : groupOf({ command, commandLine: () => readLine(folder) });
      next.set(key, { command, group });
      if (group !== undefined) processes.push({ key, folder, group, stat });
    }
    known = next;
    return processes;
  };

  /** Returns the arguments, joined by blanks. */
  function readLine(folder: string): string {
    return (attributes.text(join(folder, 'cmdline')) ?? '').replaceAll('\0', ' ').trimEnd();
  }
}
