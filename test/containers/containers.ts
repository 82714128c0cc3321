/**
 * Tests the image and docker-compose.yml with docker compose on podman: `npm run test:containers`, as root on Debian.
 *
 * The test builds the image, and stand-ins for the images of registries. With SQLite and the profile tls, and then with the profile
 * postgres, the test checks that a sample reaches the API and that an alert reaches a webhook. Where podman cannot run, the test prints
 * "skipped" and ends with exit code 0. `--keep` keeps the images; `--no-build` uses the images that a previous run kept.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { say } from '../support/printed-checks.ts';
import { type Engine, runHealthChecks, startEngine } from './engine.ts';
import { type Project, startProject, tryCompose } from './project.ts';
import { checkAlert, checkHardening, checkImage, checkSample, checkTls, type Hook } from './promises.ts';
import { buildStandIns } from './stand-ins.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'data/containers');
const hostName = 'compose-host';

interface Compose {
  readonly services: Readonly<Record<string, { readonly image: string }>>;
}

function imageOf(service: string): string {
  const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose;
  const found = services[service]?.image;
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${service}`);
  return found;
}

function build(engine: Engine): void {
  const node = /^FROM (node:\S+)/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1] as string;
  say('building stand-ins of the base images');
  buildStandIns(engine, folder, {
    node,
    prometheus: imageOf('prometheus'),
    alertmanager: imageOf('alertmanager'),
    caddy: imageOf('caddy'),
    postgres: imageOf('postgres'),
  });
  say('building the image from the Dockerfile');
  // Only Docker's image format has HEALTHCHECK. On the network of the host, npm ci reaches the registry as this machine does.
  engine.run([
    'build',
    '--layers=false', // writes no intermediate layers, which take a gigabyte
    '--quiet',
    '--format=docker',
    '--network=host',
    `--tag=docker.io/library/${imageOf('gateway')}`,
    root,
  ]);
}

/** Starts a receiver of the relay's webhooks on every address. Containers reach the receiver as host.containers.internal. */
async function startHook(): Promise<Hook & { readonly server: Server; readonly port: number }> {
  const secret = randomBytes(16).toString('hex');
  const sign = (text: string): string => createHmac('sha256', secret).update(text).digest('hex');
  const requests: { text: string; isSigned: boolean }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const [signature, timestamp] = ['signature', 'timestamp'].map((name) => request.headers[`x-hostpulse-${name}`]);
      requests.push({ text, isSigned: signature === `v1=${sign(`${String(timestamp)}.${text}`)}` });
      response.end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '0.0.0.0', resolve));
  return { requests, secret, server, port: (server.address() as AddressInfo).port };
}

/** Writes the files that docs/containers.md describes. Returns the variables that name them. */
function writeSettings(hook: Hook & { readonly port: number }): Readonly<Record<string, string>> {
  const secrets = join(folder, 'secrets');
  mkdirSync(secrets, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(secrets, name), `${text}\n`, { mode: 0o644 });
  const password = randomBytes(12).toString('hex');
  write('webhook-secret', hook.secret);
  write('database-password', password);
  write('database-url', `postgres://hostpulse:${password}@postgres:5432/hostpulse`);
  const channels = join(folder, 'channels.yml');
  writeFileSync(
    channels,
    `channels:
  hook:
    type: webhook
    url: http://host.containers.internal:${hook.port}/alerts
    secret_file: /run/secrets/hostpulse/webhook-secret
routes:
  - channels: [hook]
`,
  );
  return { SECRETS_DIRECTORY: secrets, CHANNELS_FILE: channels };
}

async function runStory(engine: Engine): Promise<void> {
  const missing = await tryCompose(engine, folder, {}, ['config', '--quiet']);
  if (missing === undefined || !missing.includes('copy .env.example to .env'))
    throw new Error(`expected the advice to copy .env.example to .env, got ${missing}`);
  say('ok    without .env, docker compose prints the advice to copy .env.example');
  if (!process.argv.includes('--no-build')) build(engine);
  checkImage(engine, imageOf('gateway'));
  const hook = await startHook();
  const checks = runHealthChecks(engine);
  const settings = { HOST_NAME: hostName, ...writeSettings(hook) };
  try {
    const profiles: readonly Readonly<Record<string, string>>[] = [
      { COMPOSE_PROFILES: 'tls' },
      {
        COMPOSE_PROFILES: 'postgres',
        HOSTPULSE_GATEWAY_DATABASE_URL_FILE: '/run/secrets/hostpulse/database-url',
        HOSTPULSE_RELAY_DATABASE_URL_FILE: '/run/secrets/hostpulse/database-url',
      },
    ];
    for (const profile of profiles) {
      say(`docker compose up with ${JSON.stringify(profile)}`);
      const project = await startProject(engine, folder, { ...settings, ...profile });
      try {
        await checkStack(engine, project, hook, profile['COMPOSE_PROFILES'] === 'tls');
      } catch (error) {
        say(project.logs());
        throw error;
      } finally {
        await project.remove();
      }
    }
  } finally {
    await checks.stop();
    hook.server.closeAllConnections();
    hook.server.close();
  }
}

async function checkStack(engine: Engine, project: Project, hook: Hook, hasTls: boolean): Promise<void> {
  checkHardening(engine, project);
  await checkSample(project, { hostName, nodeName: hostname() });
  await checkAlert(engine, project, hook);
  if (hasTls) await checkTls(project);
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  let engine: Engine;
  try {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('needs root on Linux');
    engine = await startEngine(folder, { keepsImages: process.argv.includes('--keep') });
  } catch (error) {
    say(`skipped: podman cannot run here: ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  try {
    const reason = whyNoNetwork(engine);
    if (reason === undefined) {
      const begunMs = performance.now();
      await runStory(engine);
      say(`passed in ${Math.round((performance.now() - begunMs) / 1_000)} s`);
    } else say(`skipped: podman cannot run here: ${reason}`);
  } finally {
    await engine.remove();
    rmSync(join(folder, 'secrets'), { recursive: true, force: true });
  }
}

/** Returns the reason why podman cannot create a network, or undefined when podman can. */
function whyNoNetwork(engine: Engine): string | undefined {
  try {
    engine.run(['network', 'create', 'hostpulse-probe']);
    engine.run(['network', 'rm', 'hostpulse-probe']);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

await main();
