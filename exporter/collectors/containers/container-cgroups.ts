/** Recognises the control groups of containers by the names that the container engines give them. */

/** Programs that start containers, by the prefix of the control group. `any` is a name without prefix: `/docker/ID`, `/kubepods/.../ID`. */
export type ContainerEngine = 'docker' | 'podman' | 'containerd' | 'crio' | 'any';

export interface ContainerCgroup {
  readonly id: string;
  readonly engine: ContainerEngine;
}

const engines: Readonly<Record<string, ContainerEngine>> = {
  docker: 'docker',
  libpod: 'podman',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'crio',
};

/** `docker-ID.scope` with systemd's cgroup driver, `ID` or `libpod-ID` with cgroupfs. Monitors have names such as `libpod-conmon-ID`. */
const containerName = /^(?:(docker|libpod|cri-containerd|nerdctl|crio)-)?([0-9a-f]{64})(?:\.scope)?$/;

/** Returns the container of a control group's folder, or undefined when the folder belongs to no container. */
export function parseContainerCgroup(folder: string): ContainerCgroup | undefined {
  const [, prefix, id] = containerName.exec(folder) ?? [];
  if (id === undefined) return undefined;
  return { id, engine: prefix === undefined ? 'any' : (engines[prefix] as ContainerEngine) };
}

/** Returns the user whose systemd manager runs the control group: 1000 for `/user.slice/user-1000.slice/...`. */
export function parseRootlessUser(path: string): string | undefined {
  return /^\/user\.slice\/user-(\d{1,10})\.slice\//.exec(path)?.[1];
}
