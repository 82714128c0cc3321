/** Runs the unedited docker-compose.yml with docker compose on the socket of podman. An env file sets the variables. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/process.ts';
import type { Engine } from './engine.ts';

const root = join(import.meta.dirname, '../..');
const name = 'hostpulse';

/** Limits for the services: the API of podman ignores containers.conf, and its default limits can exceed the limits of this machine. */
const ulimits = { nofile: { soft: 1024, hard: 4096 }, nproc: 4096 };
/** The time limit of docker compose, which itself waits for healthy services without a limit. */
const startLimitMs = 600_000;
const services = [
  'setup',
  'exporter',
  'relay',
  'alertmanager',
  'prometheus',
  'gateway',
  'caddy',
  'grafana',
  'postgres',
];

export interface Project {
  /** The published ports, by the variable that sets them. */
  readonly ports: Readonly<Record<'HTTP_PORT' | 'OTLP_PORT' | 'HTTPS_PORT' | 'HTTP_REDIRECT_PORT', number>>;
  /** Names of the containers, by service. */
  readonly containers: Readonly<Record<string, string>>;
  /** Runs a command in the container of a service. */
  exec(service: string, command: readonly string[]): string;
  logs(): string;
  /** Removes containers, networks and volumes. */
  remove(): Promise<void>;
}

export type Settings = Readonly<Record<string, string>>;

/** Returns when all services have started, and the services that others depend on are healthy. Throws with the output of docker compose. */
export async function startProject(engine: Engine, folder: string, settings: Settings): Promise<Project> {
  const ports = {
    HTTP_PORT: await freePort(),
    OTLP_PORT: await freePort(),
    HTTPS_PORT: await freePort(),
    HTTP_REDIRECT_PORT: await freePort(),
  };
  const all = {
    ...settings,
    ...Object.fromEntries(Object.entries(ports).map(([key, port]) => [key, String(port)])),
    PUBLIC_URL: `http://127.0.0.1:${ports.HTTP_PORT}`,
    SITE: 'monitoring.example.com',
  };
  const remove = async (): Promise<void> => {
    await tryCompose(engine, folder, all, ['down', '--volumes', '--timeout=10']);
  };
  const failure = await tryCompose(engine, folder, all, ['up', '--detach', '--no-build', '--pull=never']);
  const rows = engine.run(['ps', '--all', '--format={{index .Labels "com.docker.compose.service"}} {{.Names}}']);
  const containers = Object.fromEntries(rows.split('\n').map((row) => row.split(' ') as [string, string]));
  const logs = (): string =>
    Object.entries(containers)
      .map(([service, container]) => `--- ${service}\n${engine.logs(container)}`)
      .join('\n');
  if (failure !== undefined) {
    const text = logs();
    await remove();
    throw new Error(`docker compose up failed:\n${failure}\n${text}`);
  }
  return {
    ports,
    containers,
    logs,
    remove,
    exec: (service, command) => engine.run(['exec', containers[service] as string, ...command]),
  };
}

/** Runs docker compose. Returns the output when docker compose fails, and undefined when it succeeds. */
export async function tryCompose(
  engine: Engine,
  folder: string,
  settings: Settings,
  args: readonly string[],
): Promise<string | undefined> {
  const file = join(folder, 'env');
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const limits = join(folder, 'limits.yml');
  writeFileSync(limits, JSON.stringify({ services: Object.fromEntries(services.map((each) => [each, { ulimits }])) }));
  const files = [join(root, 'docker-compose.yml'), limits].map((path) => `--file=${path}`);
  const flags = [`--project-name=${name}`, `--project-directory=${root}`, `--env-file=${file}`, ...files];
  const child = spawn(engine.compose, [...flags, ...args], {
    env: engine.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const limit = setTimeout(() => void child.kill('SIGTERM'), startLimitMs);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void (output += chunk));
  const code = await new Promise((resolve) => void child.once('close', resolve));
  clearTimeout(limit);
  return code === 0 ? undefined : output;
}
