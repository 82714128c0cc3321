/** Brings podman and docker compose from Debian packages, unpacked below data/tools, without installing them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { isOnPath, toolsDirectory } from './tool-folders.ts';

/** podman 4.3 starts containers with runc where crun fails; netavark needs iptables for published ports. */
const packages = ['podman', 'runc', 'netavark', 'aardvark-dns', 'iptables'];

export interface ContainerTools {
  readonly podman: string;
  /** docker compose, as a program without the docker client. */
  readonly compose: string;
  /** Variables that the unpacked programs need. */
  readonly environment: Readonly<Record<string, string>>;
  /** The engine's part of containers.conf: paths of the unpacked programs. Empty where podman is installed. */
  readonly engineConfig: string;
}

/** Downloads what is missing. Throws when the packages cannot be had: no Debian, or no network. */
export function ensureContainerTools(): ContainerTools {
  const compose = join(
    unpacked('compose', ['docker-compose'], 'forky'),
    'usr/libexec/docker/cli-plugins/docker-compose',
  );
  if (isOnPath(['podman'])) return { podman: 'podman', compose, environment: {}, engineConfig: '' };
  const root = unpacked('podman', packages);
  const bin = join(root, 'usr/bin');
  for (const name of ['iptables', 'ip6tables'])
    if (!existsSync(join(bin, name))) symlinkSync('../sbin/xtables-legacy-multi', join(bin, name));
  const { stdout } = spawnSync('dpkg-architecture', ['-qDEB_HOST_MULTIARCH'], { encoding: 'utf8' });
  const libraries = join(
    root,
    'usr/lib',
    stdout.trim() || `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
  );
  const folders = [bin, join(root, 'usr/sbin'), process.env['PATH'] ?? ''];
  return {
    podman: join(root, 'usr/bin/podman'),
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

/** Returns the folder with the packages. The folder appears when it is complete. */
function unpacked(name: string, whole: readonly string[], suite?: 'forky'): string {
  const folder = join(toolsDirectory, name);
  if (existsSync(folder)) return folder;
  const incomplete = `${folder}.new`;
  rmSync(incomplete, { recursive: true, force: true });
  mkdirSync(incomplete, { recursive: true });
  // docker compose is one program that needs only the C library: the suite's dependencies do not fit this machine's libraries.
  const wanted = suite === undefined ? { alone: [], whole } : { suite, alone: whole, whole: [] };
  unpackDebianPackages({ root: incomplete, ...wanted });
  rmSync(join(incomplete, 'apt'), { recursive: true });
  renameSync(incomplete, folder);
  return folder;
}
