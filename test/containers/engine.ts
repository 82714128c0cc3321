/** Runs podman with storage, networks and socket below one folder, separate from the podman of this machine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureContainerTools } from '../../scripts/tools/podman.ts';

export interface Engine {
  readonly environment: NodeJS.ProcessEnv;
  readonly compose: string;
  /** Runs podman and returns the output. Throws with the messages of podman when podman fails. */
  readonly run: (args: readonly string[]) => string;
  readonly tryRun: (args: readonly string[]) => string | undefined;
  /** Returns the last 30 lines of output of a container. */
  readonly logs: (container: string) => string;
  /** Stops podman, and removes all containers, networks and volumes, and the images unless `keepsImages` is true. */
  remove(): Promise<void>;
}

/** Low limits: podman's defaults fail on machines where root cannot raise limits. */
const ulimits = ['nofile=1024:4096', 'nproc=4096:4096'];

/** Starts the API of podman on a socket, for docker compose. Throws when podman is not installed and cannot be downloaded. */
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
    DISABLE_HC_SYSTEMD: 'true', // without systemd, no timer runs the health checks: `runHealthChecks` replaces the timers
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

  removeContainers(); // a killed run leaves containers
  const service: ChildProcess = spawn(tools.podman, all(['system', 'service', '--time=0', socket]), {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => void service.once('close', () => resolve()));
  for (let tries = 0; !existsSync(join(folder, 'podman.sock')); tries++) {
    if (tries > 600) throw new Error('podman has not opened its socket within 60 s');
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
 * Runs the health checks of running containers every second until `stop`, as systemd's timers do on other machines. Also marks ended
 * containers as exited: conmon starts podman for this task, but without the environment in which an unpacked podman finds its libraries.
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
