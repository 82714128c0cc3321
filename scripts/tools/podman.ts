/** Unpacks podman and docker compose from Debian packages into data/tools, without installing them. */
import { existsSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureUnpacked } from './debian-packages.ts';
import { isOnPath, libraryFolders, toolsDirectory } from './tool-folders.ts';

/** Includes runc, because crun does not start containers on every machine, and iptables, which netavark calls to publish ports. */
const podmanPackages = ['podman', 'runc', 'netavark', 'aardvark-dns', 'iptables'];

export interface ContainerTools {
  readonly podman: string;
  /** Path of docker compose, which runs without the docker client. */
  readonly compose: string;
  /** Environment variables that the unpacked programs need. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lines for the table [engine] of containers.conf, with the paths of the unpacked programs; '' when podman is installed. */
  readonly engineConfig: string;
}

/** Downloads podman and docker compose unless they are installed or downloaded. Throws when the machine is not Debian or has no network. */
export function ensureContainerTools(): ContainerTools {
  // Without dependencies: docker compose needs only the C library, and the libraries of forky do not fit this machine.
  const composeRoot = join(toolsDirectory, 'compose');
  ensureUnpacked(composeRoot, { suite: 'forky', alone: ['docker-compose'], whole: [] });
  const compose = join(composeRoot, 'usr/libexec/docker/cli-plugins/docker-compose');
  if (isOnPath(['podman'])) return { podman: 'podman', compose, environment: {}, engineConfig: '' };
  const root = join(toolsDirectory, 'podman');
  ensureUnpacked(root, { alone: [], whole: podmanPackages });
  const bin = join(root, 'usr/bin');
  for (const name of ['iptables', 'ip6tables'])
    if (!existsSync(join(bin, name))) symlinkSync('../sbin/xtables-legacy-multi', join(bin, name));
  const [libraries] = libraryFolders(root);
  const folders = [bin, join(root, 'usr/sbin'), process.env['PATH'] ?? ''];
  return {
    podman: join(bin, 'podman'),
    compose,
    environment: {
      PATH: folders.join(delimiter),
      LD_LIBRARY_PATH: libraries,
      XTABLES_LIBDIR: join(libraries, 'xtables'),
    },
    engineConfig: `runtime = "runc"
conmon_path = ["${join(root, 'usr/bin/conmon')}"]
helper_binaries_dir = ["${join(root, 'usr/lib/podman')}"]
[engine.runtimes]
runc = ["${join(root, 'usr/sbin/runc')}"]
`,
  };
}
