/** Lists the processes of the host and their groups. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessStat, parseProcessStat } from '../../procfs/process-stat.ts';
import type { AttributeReader } from '../../procfs/sysfs.ts';
import type { GroupOf } from './group-names.ts';

export interface GroupedProcess {
  /** Identifies the process also when its number is used again: number and start. */
  readonly key: string;
  readonly folder: string;
  readonly group: string;
  readonly stat: ProcessStat;
}

export interface ProcessListOptions {
  readonly procfs: string;
  readonly attributes: AttributeReader;
  readonly groupOf: GroupOf;
  /** Whether threads of the kernel are processes. */
  readonly hasKernelThreads: boolean;
}

/** The process whose children are the threads of the kernel. */
const kernelThreads = 2;

/** Returns a function that lists the processes. A process keeps its group while its name is the same. */
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
