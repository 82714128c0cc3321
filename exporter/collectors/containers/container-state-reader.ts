/** Reads names and images of containers from the files of Docker, Podman, containerd and CRI-O. Most of these files are readable by root only. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeReader, unlessAbsent } from '../../procfs/sysfs.ts';
import { type ContainerCgroup, type ContainerEngine, parseRootlessUser } from './container-cgroups.ts';
import {
  type ContainerState,
  parseDockerConfig,
  parseHome,
  parseRuntimeConfig,
  parseStorageContainers,
} from './container-state.ts';

/** Returns the state of a container. `path` is the path of the control group. Returns undefined when no readable file contains the container. */
export type ReadContainerState = (cgroup: ContainerCgroup, path: string) => ContainerState | undefined;

/** Folders of containerd's runtime, also in k3s. */
const containerdFolders = ['run/containerd', 'run/k3s/containerd'].map(
  (folder) => `${folder}/io.containerd.runtime.v2.task/k8s.io`,
);
/** Lists of containers/storage. Each storage driver has a list of persistent containers, and a list of containers that end with a reboot. */
const storageLists = ['overlay', 'vfs', 'btrfs'].flatMap((driver) =>
  ['containers.json', 'volatile-containers.json'].map((file) => `${driver}-containers/${file}`),
);
const crioFolders = ['run/containers/storage', 'var/lib/containers/storage'].map(
  (folder) => `${folder}/overlay-containers`,
);

/** Creates a reader of the files below the root of the host. */
export function createContainerStateReader(rootfs: string, attributes: AttributeReader): ReadContainerState {
  const lists = new Map<string, { readonly version: string; readonly states: ReadonlyMap<string, ContainerState> }>();

  function readDocker(id: string): ContainerState | undefined {
    return attributes.parsed(join(rootfs, 'var/lib/docker/containers', id, 'config.v2.json'), parseDockerConfig);
  }

  function readRuntimeConfig(paths: readonly string[], id: string): ContainerState | undefined {
    for (const path of paths) {
      const state = attributes.parsed(join(rootfs, path), (text, where) => parseRuntimeConfig(text, id, where));
      if (state !== undefined) return state;
    }
    return undefined;
  }

  /** Returns the containers of a list. Reads the file only when it has changed since the previous call. */
  function readList(path: string): ReadonlyMap<string, ContainerState> | undefined {
    const version = versionOf(path);
    if (version === undefined) return undefined;
    const known = lists.get(path);
    if (known?.version === version) return known.states;
    const states = attributes.parsed(path, parseStorageContainers) ?? new Map<string, ContainerState>();
    lists.set(path, { version, states });
    return states;
  }

  function readStorage(id: string, path: string): ContainerState | undefined {
    const user = parseRootlessUser(path);
    const home = user === undefined ? undefined : homeOf(user);
    const storage = home === undefined ? 'var/lib/containers/storage' : `${home}/.local/share/containers/storage`;
    for (const list of storageLists) {
      const state = readList(join(rootfs, storage, list))?.get(id);
      if (state !== undefined) return state;
    }
    return undefined;
  }

  function homeOf(user: string): string | undefined {
    return attributes.parsed(join(rootfs, 'etc/passwd'), (text) => parseHome(text, user));
  }

  const readers: Readonly<Record<Exclude<ContainerEngine, 'any'>, ReadContainerState>> = {
    docker: ({ id }) => readDocker(id),
    podman: ({ id }, path) => readStorage(id, path),
    containerd: ({ id }) =>
      readRuntimeConfig(
        containerdFolders.map((folder) => `${folder}/${id}/config.json`),
        id,
      ),
    crio: ({ id }) =>
      readRuntimeConfig(
        crioFolders.map((folder) => `${folder}/${id}/userdata/config.json`),
        id,
      ),
  };

  return (cgroup, path) => {
    if (cgroup.engine !== 'any') return readers[cgroup.engine](cgroup, path);
    for (const read of Object.values(readers)) {
      const state = read(cgroup, path);
      if (state !== undefined) return state;
    }
    return undefined;
  };
}

/** Returns modification time, size and inode number of a file, or undefined when the file does not exist or may not be read. */
function versionOf(path: string): string | undefined {
  return unlessAbsent(() => {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  });
}
