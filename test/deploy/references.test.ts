// Subject: deploy/README.md
/** Checks that every flag, variable, port and path in deploy/, docker-compose.yml, .env.example and the Dockerfile exists. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { relay } from '../../alert-relay/main.ts';
import { createCommand } from '../../bin/cli/command-line.ts';
import { commandLineOf } from '../../bin/cli/run.ts';
import { gatewayNodeFlags, leanNodeFlags } from '../../common/program/node-flags.ts';
import { environmentName } from '../../common/program/settings/settings.ts';
import { exporter } from '../../exporter/main.ts';
import { gateway } from '../../ingest-gateway/main.ts';
import { up } from '../../stack/main.ts';
import { defaultPorts } from '../../stack/ports.ts';
import { helpOf } from '../support/deployed-programs.ts';

const root = join(import.meta.dirname, '../..');

/** All files except the copies of rules and configuration in the Helm chart: the tests of the originals cover the copies. */
const files = [
  'docker-compose.yml',
  '.env.example',
  'Dockerfile',
  ...globSync('deploy/**/*', { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.startsWith('deploy/helm/hostpulse/files/')),
];
const texts = new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

/** Returns the path of the file and the first group for each match. */
function found(pattern: RegExp): readonly (readonly [string, string])[] {
  return [...texts].flatMap(([path, text]) =>
    [...text.matchAll(pattern)].map((match) => [path, match[1] as string] as const),
  );
}

const programs = { exporter, gateway, relay, up } as const;

test('reads the files', () => {
  expect(files.length).toBeGreaterThan(40);
  for (const path of [
    'deploy/compose/setup.sh',
    'deploy/kubernetes/stack.yaml',
    'deploy/helm/hostpulse/values.yaml',
    'deploy/agent/install.sh',
  ])
    expect(files).toContain(path);
});

describe('flags', () => {
  /** Flags of other programs, by program. An entry that no file uses fails the test. */
  const others: Readonly<Record<string, readonly string[]>> = {
    'wget, curl': [
      '--spider',
      '--header',
      '--method',
      '--timeout',
      '--tries',
      '--quiet',
      '--content-on-error',
      '--connect-timeout',
      '--cacert',
      '--ca-certificate',
    ],
    npm: ['--include', '--omit', '--no-audit', '--no-fund'],
    'docker, docker compose': ['--build', '--interval', '--retries', '--start-period', '--from'],
    kubectl: ['--load-restrictor', '--from-file'],
    caddy: ['--config', '--adapter'],
    pg_isready: ['--host', '--username', '--dbname'],
    'apt-get, zypper': ['--no-install-recommends', '--non-interactive'],
    'useradd, systemctl': ['--system', '--user-group', '--no-create-home', '--home-dir', '--shell', '--now'],
  };

  test('every flag is a flag of hostpulse, Prometheus or Alertmanager, or a listed flag of another program', () => {
    const known = [
      createCommand(commandLineOf(exporter, 'hostpulse exporter')).helpInformation(),
      createCommand(commandLineOf(gateway, 'hostpulse gateway')).helpInformation(),
      createCommand(commandLineOf(relay, 'hostpulse relay')).helpInformation(),
      createCommand(commandLineOf(up, 'hostpulse up')).helpInformation(),
      spawnSync(process.execPath, [join(root, 'bin/hostpulse.ts'), 'key', 'create', '--help'], { encoding: 'utf8' })
        .stdout,
      helpOf('prometheus'),
      helpOf('alertmanager'),
      ...leanNodeFlags,
      ...gatewayNodeFlags,
      ...Object.values(others).flat(),
      // The options of install.sh.
      ...[...(texts.get('deploy/agent/install.sh') ?? '').matchAll(/^\s*(--[a-z-]+)\)/gm)].map((match) => match[1]),
    ].join('\n');
    const flags = found(/(?<![\w-])(--[a-z][a-zA-Z0-9.-]*[a-zA-Z0-9])/g);
    expect(flags.length).toBeGreaterThan(150);
    const unknown = flags.filter(([, flag]) => !new RegExp(`${flag.replaceAll('.', '\\.')}(?![\\w.-])`).test(known));
    expect(unknown).toEqual([]);
  });

  test('every listed flag of another program is used', () => {
    const used = new Set(found(/(?<![\w-])(--[a-z][a-z-]*)/g).map(([, flag]) => flag));
    expect(
      Object.values(others)
        .flat()
        .filter((flag) => !used.has(flag)),
    ).toEqual([]);
  });
});

test('every variable of hostpulse is a setting', () => {
  const names = Object.entries(programs).flatMap(([program, { settings }]) =>
    Object.values(settings).flatMap(({ path, isSecret }) => {
      const name = environmentName(program, path);
      return isSecret ? [name, `${name}_FILE`] : [name];
    }),
  );
  expect(names.length).toBeGreaterThan(80);
  const variables = found(/\b(HOSTPULSE_[A-Z0-9_]+)/g);
  expect(variables.length).toBeGreaterThan(10);
  expect(variables.filter(([, name]) => !names.includes(name))).toEqual([]);
});

test('every port is a default port of a program', () => {
  const otherPorts = [3000, 80, 443, 5432]; // Grafana, Caddy, PostgreSQL
  const ports = found(/(?<!65534)(?<=[\w\])}"]):(\d{2,5})(?![\d.\w-])/g).map(
    ([path, port]) => [path, Number(port)] as const,
  );
  expect(ports.length).toBeGreaterThan(50);
  const known: readonly number[] = [...Object.values(defaultPorts), ...otherPorts];
  expect(ports.filter(([, port]) => !known.includes(port))).toEqual([]);
});

test('every path of the repository exists', () => {
  const paths = found(
    /(?<![\w./$}-])(?!grafana\/grafana)((?:deploy|docs|rules|grafana|scripts|test|bin|dist|console)\/[\w./-]*\w)/g,
  );
  expect(paths.length).toBeGreaterThan(25);
  const source = (path: string): string =>
    path.replace(/^dist\/(.*)\.js$/, '$1.ts').replace(/^dist\/(bench|console)$/, '$1');
  expect(paths.filter(([, path]) => !existsSync(join(root, source(path))))).toEqual([]);
});
