/** podman with a storage, networks and a socket below one folder, apart from the podman of the machine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureContainerTools } from '../../scripts/tools/podman.ts';

export interface Engine {
  readonly environment: NodeJS.ProcessEnv;
  readonly compose: string;
  /** Runs podman; returns its output. Throws with its messages when it fails. */
  readonly run: (args: readonly string[]) => string;
  readonly tryRun: (args: readonly string[]) => string | undefined;
  /** Returns the last lines that a container wrote. */
  readonly logs: (container: string) => string;
  /** Ends the service, and removes all containers, networks and volumes; images, too, unless they are kept. */
  remove(): Promise<void>;
}

/** The machine may not let root raise its limits, so that podman's defaults fail. */
const ulimits = ['nofile=1024:4096', 'nproc=4096:4096'];

/** Starts podman's API on a socket, for docker compose. Throws when podman cannot be had. */
export async function startEngine(folder: string, { keepsImages }: { readonly keepsImages: boolean }): Promise<Engine> {
  const tools = ensureContainerTools();
  const home = join(folder, 'home');
  mkdirSync(join(home, '.config/containers'), { recursive: true });
  writeFileSync(join(home, '.config/containers/policy.json'), '{"default": [{"type": "insecureAcceptAnything"}]}\n');
  const config = join(folder, 'containers.conf');
  writeFileSync(
    config,
    `[containers]
default_ulimits = [${ulimits.map((each) => `"${each}"`).join(', ')}]
[network]
network_backend = "netavark"
network_config_dir = "${join(folder, 'networks')}"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
${tools.engineConfig}`,
  );
  const socket = `unix://${join(folder, 'podman.sock')}`;
  const environment = {
    ...process.env,
    ...tools.environment,
    HOME: home,
    CONTAINERS_CONF: config,
    DISABLE_HC_SYSTEMD: 'true', // without systemd there are no timers; runHealthChecks takes their place
    DOCKER_HOST: socket,
  };
  const places = [
    `--root=${join(folder, 'storage')}`,
    `--runroot=${join(folder, 'run')}`,
    `--tmpdir=${join(folder, 'tmp')}`,
  ];
  const all = (args: readonly string[]): readonly string[] => ['--storage-driver=overlay', ...places, ...args];
  const start = (args: readonly string[]) =>
    spawnSync(tools.podman, all(args), { env: environment, encoding: 'utf8', maxBuffer: 2 ** 28 });

  function run(args: readonly string[]): string {
    const { status, stdout, stderr, error } = start(args);
    if (status !== 0)
      throw new Error(
        `podman ${args.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`.trim().slice(-4_000)}`,
      );
    return stdout.trim();
  }
  function tryRun(args: readonly string[]): string | undefined {
    const { status, stdout } = start(args);
    return status === 0 ? stdout.trim() : undefined;
  }

  function removeContainers(): void {
    tryRun(['rm', '--all', '--force', '--time=2']);
    for (const args of [
      ['volume', 'prune', '--force'],
      ['network', 'prune', '--force'],
    ])
      tryRun(args);
  }

  removeContainers(); // left by a run that was killed
  const service: ChildProcess = spawn(tools.podman, all(['system', 'service', '--time=0', socket]), {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => void service.once('close', () => resolve()));
  for (let tries = 0; !existsSync(join(folder, 'podman.sock')); tries++) {
    if (tries > 600) throw new Error('podman does not open its socket within 60 s');
    await sleep(100);
  }
  return {
    environment,
    compose: tools.compose,
    run,
    tryRun,
    logs(container) {
      const { stdout, stderr } = start(['logs', '--tail=30', container]);
      return `${stdout}${stderr}`;
    },
    async remove() {
      removeContainers();
      service.kill('SIGTERM');
      await ended;
      rmSync(join(folder, 'podman.sock'), { force: true });
      if (keepsImages) return;
      tryRun(['rmi', '--all', '--force']);
      spawnSync('umount', [join(folder, 'storage/overlay')]); // podman mounts its store on itself
      for (const name of ['storage', 'run', 'tmp', 'networks', 'home'])
        rmSync(join(folder, name), { recursive: true, force: true });
    },
  };
}

/**
 * Until `stop`, runs the health checks of running containers, as systemd's timers do on other machines, and marks containers that
 * ended as exited: the unpacked podman does not find its libraries when conmon starts it for that.
 */
export function runHealthChecks({ tryRun }: Engine): { stop(): Promise<void> } {
  let isStopped = false;
  const loop = (async () => {
    while (!isStopped) {
      for (const name of tryRun(['ps', '--format={{.Names}}'])?.split('\n') ?? [])
        if (name !== '') tryRun(['healthcheck', 'run', name]);
      for (const name of tryRun(['ps', '--all', '--filter=status=stopped', '--format={{.Names}}'])?.split('\n') ?? [])
        if (name !== '') tryRun(['container', 'cleanup', name]);
      await sleep(1_000);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await loop;
    },
  };
}
