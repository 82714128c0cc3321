/** Finds the mounted control groups: cgroup v2, v1, or the hybrid of both that systemd mounts on request. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from '../procfs/host-file.ts';
import type { AttributeReader } from '../procfs/sysfs.ts';
import type { CgroupReader } from './cgroup-usage.ts';
import { createLegacyCgroups } from './legacy-cgroups.ts';
import { createUnifiedCgroups } from './unified-cgroups.ts';

/** Returns a reader for the host's control groups. Returns undefined when none are mounted. */
export function findCgroups(sysfs: string, attributes: AttributeReader): CgroupReader | undefined {
  const mounts = join(sysfs, 'fs', 'cgroup');
  if (existsSync(join(mounts, 'cgroup.controllers'))) return createUnifiedCgroups(mounts, attributes);
  const trees = ['unified', 'systemd', 'memory', 'cpu,cpuacct', 'cpuacct'].map((name) => join(mounts, name));
  const tree = trees.find((folder) => listFolders(folder).length > 0);
  return tree === undefined ? undefined : createLegacyCgroups(mounts, tree, attributes);
}

export interface WalkOptions {
  readonly root: string;
  /** Awaited at every folder. Throws when the walk exceeds the work budget. */
  readonly pause: () => Promise<void> | undefined;
  /** Receives a control group's path, such as `/system.slice/ssh.service`, and the name of its folder. Returns whether to visit the control group's children. */
  readonly visit: (path: string, name: string) => boolean;
}

/** Number of levels that a walk visits. Kubernetes in a container engine has ten levels. */
const maxDepth = 16;

/** Visits the control groups below the root: a parent before its children, and the children of a parent in the order of their names. */
export async function walkCgroups({ root, pause, visit }: WalkOptions): Promise<void> {
  async function walk(path: string, depth: number): Promise<void> {
    await pause();
    for (const name of listFolders(join(root, path))) {
      const below = `${path}/${name}`;
      if (visit(below, name) && depth < maxDepth) await walk(below, depth + 1);
    }
  }
  await walk('', 1);
}

/** Returns the names of the folders in a folder. Returns no names when the folder was removed during the walk. */
function listFolders(folder: string): string[] {
  try {
    // A folder of cgroupfs has two links, and one more for each folder in it. With two links, reading the list of files is unnecessary.
    if (statSync(folder).nlink === 2) return [];
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (thrown) {
    if (isMissing(thrown) || isRemoved(thrown)) return [];
    throw thrown;
  }
}

function isRemoved(thrown: unknown): boolean {
  return Error.isError(thrown) && (thrown as NodeJS.ErrnoException).code === 'ENODEV';
}
