/**
 * Gives a machine separate control groups on a host with cgroup v1, where systemd-nspawn mounts the controllers read-only: the systemd of
 * the machine would account no CPU and no memory.
 */
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Controllers {
  /** Returns the command that runs `command` in the machine's control groups. */
  enter(command: readonly string[]): readonly string[];
  /** The shell command that makes the controllers writable on the machine and restarts its systemd. */
  readonly allow: string;
  /** Removes the control groups, whose processes must have ended. */
  remove(): void;
}

const mounts = '/sys/fs/cgroup';
const names = [
  'cpu',
  'cpuacct',
  'cpu,cpuacct',
  'memory',
  'pids',
  'blkio',
  'devices',
  'cpuset',
  'freezer',
  'unified',
  'systemd',
];

/** Returns undefined on a host that has only cgroup v2, where systemd-nspawn gives a machine writable control groups. */
export function createControllers(machine: string): Controllers | undefined {
  const present = names.filter((name) => existsSync(join(mounts, name, 'cgroup.procs')));
  if (present.length === 0) return undefined;
  const group = `hostpulse-${machine}`;
  const folders = present.map((name) => join(mounts, name, group));
  // A control group of cpuset accepts processes only after its CPUs and memory nodes are set.
  const inherit = (folder: string) =>
    folder.startsWith(join(mounts, 'cpuset/'))
      ? `for f in cpuset.cpus cpuset.mems; do cat ${mounts}/cpuset/$f > ${folder}/$f; done; `
      : '';
  const script = folders
    .map((folder) => `mkdir -p ${folder}; ${inherit(folder)}echo $$ > ${folder}/cgroup.procs; `)
    .join('');
  return {
    enter: (command) => ['sh', '-c', `${script}exec "$@"`, 'sh', ...command],
    allow: `for name in ${present.join(' ')}; do mount -o remount,bind,rw ${mounts}/$name; done && systemctl daemon-reexec`,
    remove: () => {
      for (const folder of folders) if (existsSync(folder)) removeGroups(folder);
    },
  };
}

/** Removes a control group and the control groups below. rmdir also removes the files of a control group. */
function removeGroups(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroups(join(folder, entry.name));
  rmdirSync(folder);
}
