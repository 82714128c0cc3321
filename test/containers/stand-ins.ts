/**
 * Builds stand-ins for the images of registries from Debian packages and the pinned Node. Tags them with the names in the Dockerfile
 * and docker-compose.yml. A stand-in has the user, the entrypoint and the folders of the original image. Grafana has no stand-in,
 * because Debian has no package of Grafana.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureUnpacked } from '../../scripts/tools/debian-packages.ts';
import { createCompleteFolder } from '../../scripts/tools/tool-folders.ts';
import type { Engine } from './engine.ts';

const root = join(import.meta.dirname, '../..');

/** Packages of a Debian without package manager: the C and C++ libraries, and busybox for the commands of health checks. */
const basePackages = ['busybox-static', 'libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1'];

const postgresPackages = [
  'postgresql-15 postgresql-client-15 libpq5 libssl3 libxml2 libicu72 libllvm14 liblz4-1 libzstd1 zlib1g liblzma5 libpam0g',
  'libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1 libldap-2.5-0 libsasl2-2 libsystemd0',
  'libgcrypt20 libgpg-error0 libcap2 libaudit1 libcap-ng0 libuuid1 libgnutls30 libp11-kit0 libidn2-0 libunistring2 libtasn1-6',
  'libnettle8 libhogweed6 libgmp10 libffi8 libcrypt1 libedit2 libtinfo6 libz3-4 libbsd0 libmd0 libselinux1 libpcre2-8-0 tzdata',
].join(' ');

/**
 * An entrypoint that does as much of the work of the official entrypoint as docker-compose.yml needs. The script creates the user and
 * the database, sets the password, and starts PostgreSQL on all addresses.
 */
const postgresEntrypoint = `#!/bin/sh
set -eu
bin=/usr/lib/postgresql/15/bin
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  cp "$POSTGRES_PASSWORD_FILE" /tmp/password
  chmod 644 /tmp/password
  chown 999 "$data"
  su postgres -c "$bin/initdb -D $data -U $POSTGRES_USER --pwfile=/tmp/password --auth=scram-sha-256 --no-locale -E UTF8 >/dev/null"
  echo "create database $POSTGRES_DB" | su postgres -c "$bin/postgres --single -D $data postgres >/dev/null"
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  rm /tmp/password
fi
exec su postgres -c "exec $bin/postgres -D $data -c listen_addresses='*' -c unix_socket_directories=/tmp"
`;

export interface StandIns {
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly caddy: string;
  readonly postgres: string;
  /** The base image in the Dockerfile. */
  readonly node: string;
}

/** Builds every stand-in under its name, such as `prom/prometheus:v3.5.3`. `folder` keeps the unpacked packages. */
export function buildStandIns({ run }: Engine, folder: string, names: StandIns): void {
  const build = (name: string, content: string, lines: readonly string[]): void => {
    writeFileSync(join(folder, `${content}.dockerfile`), `${lines.join('\n')}\n`);
    const file = `--file=${join(folder, `${content}.dockerfile`)}`;
    run(['build', '--quiet', file, `--tag=${qualified(name)}`, join(folder, content)]);
  };
  const base = 'localhost/hostpulse-test-base';
  unpackOnce(folder, 'base', basePackages, { prepare: prepareBase });
  build(base, 'base', ['FROM scratch', 'COPY . /', 'ENV PATH=/usr/local/bin:/usr/bin:/bin', 'USER 65534:65534']);
  createCompleteFolder(join(folder, 'node'), copyNode);
  build(names.node, 'node', [
    `FROM ${base}`,
    'COPY . /',
    'USER 0:0',
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
    `ENV npm_config_registry=${execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()}`,
  ]);
  unpackOnce(folder, 'prometheus', ['prometheus', 'prometheus-alertmanager'], {
    suite: 'forky',
    prepare: removeConfig,
  });
  for (const [name, program, command] of [
    [names.prometheus, 'prometheus', 'prometheus'],
    [names.alertmanager, 'alertmanager', 'prometheus-alertmanager'],
  ] as const)
    build(name, 'prometheus', [
      `FROM ${base}`,
      'COPY . /',
      'USER 0:0',
      `RUN mkdir -p /${program} /etc/${program} && chown 65534:65534 /${program} /etc/${program}`,
      'USER 65534:65534',
      `ENTRYPOINT ["/usr/bin/${command}"]`,
    ]);
  unpackOnce(folder, 'caddy', ['caddy', 'libzstd1']);
  build(names.caddy, 'caddy', [
    `FROM ${base}`,
    'COPY . /',
    'USER 0:0',
    'ENV XDG_DATA_HOME=/data XDG_CONFIG_HOME=/config',
  ]);
  unpackOnce(folder, 'postgres', postgresPackages.split(' '), { prepare: preparePostgres });
  build(names.postgres, 'postgres', [
    `FROM ${base}`,
    'COPY . /',
    'USER 0:0',
    'ENV PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin',
    'ENV PGHOST=/tmp',
    'ENTRYPOINT ["/entrypoint"]',
  ]);
}

/** Adds the registry of Docker to a name without a registry, as docker compose and the API of podman do. */
function qualified(name: string): string {
  if (name.startsWith('localhost/')) return name;
  return name.includes('/') ? `docker.io/${name}` : `docker.io/library/${name}`;
}

interface Unpacking {
  readonly suite?: 'forky';
  readonly prepare?: (into: string) => void;
}

function unpackOnce(
  folder: string,
  name: string,
  alone: readonly string[],
  { prepare, ...suite }: Unpacking = {},
): void {
  ensureUnpacked(join(folder, name), { alone, whole: [], withLibc: true, ...suite }, (into) => {
    for (const path of ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/lintian'])
      rmSync(join(into, path), { recursive: true, force: true });
    prepare?.(into);
  });
}

function prepareBase(into: string): void {
  const { stdout } = spawnSync(join(into, 'bin/busybox'), ['--list'], { encoding: 'utf8' });
  mkdirSync(join(into, 'usr/bin'), { recursive: true });
  for (const applet of stdout.trim().split('\n'))
    if (!existsSync(join(into, 'bin', applet))) symlinkSync('busybox', join(into, 'bin', applet));
  symlinkSync('/bin/busybox', join(into, 'usr/bin/env'));
  for (const path of ['etc', 'tmp', 'root', 'var/tmp']) mkdirSync(join(into, path), { recursive: true });
  chmodSync(join(into, 'tmp'), 0o1777);
  writeFileSync(
    join(into, 'etc/passwd'),
    [
      'root:x:0:0:root:/root:/bin/sh',
      'postgres:x:999:999::/tmp:/bin/sh',
      'nobody:x:65534:65534::/:/bin/false', // words: the name of the Linux user
      '',
    ].join('\n'),
  );
  writeFileSync(join(into, 'etc/group'), 'root:x:0:\npostgres:x:999:\nnogroup:x:65534:\n');
}

/** Copies the pinned Node, the npm of this machine, and the certificates of this machine for `npm ci`. */
function copyNode(into: string): void {
  const npm = dirname(dirname(realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim())));
  for (const path of ['usr/local/bin', 'usr/local/lib', 'etc/ssl/certs'])
    mkdirSync(join(into, path), { recursive: true });
  cpSync(realpathSync(join(root, 'node_modules/.bin/node')), join(into, 'usr/local/bin/node'));
  cpSync(npm, join(into, 'usr/local/lib/npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/npm/bin/npm-cli.js', join(into, 'usr/local/bin/npm'));
  cpSync('/etc/ssl/certs/ca-certificates.crt', join(into, 'etc/ssl/certs/ca-certificates.crt'));
}

function removeConfig(into: string): void {
  rmSync(join(into, 'etc'), { recursive: true });
}

function preparePostgres(into: string): void {
  writeFileSync(join(into, 'entrypoint'), postgresEntrypoint);
  chmodSync(join(into, 'entrypoint'), 0o755);
}
