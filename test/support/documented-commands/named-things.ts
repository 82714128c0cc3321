/** Lists names that documents may use: files of the repository and of the data directory, packages, units, users, services, variables. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { relay } from '../../../alert-relay/main.ts';
import { readVersion } from '../../../common/program/package.ts';
import { environmentName } from '../../../common/program/settings/settings.ts';
import { exporter } from '../../../exporter/main.ts';
import { gateway } from '../../../ingest-gateway/main.ts';
import { packageVersion } from '../../../scripts/package/archive/package-version.ts';
import { dataDirectory } from '../../../stack/data/data-directory.ts';
import { up } from '../../../stack/main.ts';

export const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Units of deploy/, without `.service`. */
export const units: readonly string[] = globSync('deploy/**/*.service', { cwd: root }).map((path) =>
  basename(path, '.service'),
);

/** Users that deploy/ creates. */
export const users: readonly string[] = globSync('deploy/**/*.sysusers.conf', { cwd: root }).flatMap((path) =>
  [...read(path).matchAll(/^u (\S+)/gm)].map((match) => match[1] as string),
);

/** Names of packages, as apt and dnf know them. */
export const packageNames = ['hostpulse', 'hostpulse-agent'] as const;

/** Returns whether a release has a package file with the name. */
export function isPackageFile(name: string): boolean {
  const version = readVersion();
  const packed = packageVersion(version);
  const known = [
    ...['linux-x64', 'linux-arm64'].flatMap((platform) => [
      `hostpulse-${version}-${platform}.tar.gz`,
      `hostpulse-agent-${version}-${platform}.tar.gz`,
    ]),
    ...['amd64', 'arm64'].flatMap((cpu) => [`hostpulse_${packed}_${cpu}.deb`, `hostpulse-agent_${packed}_${cpu}.deb`]),
    ...['x86_64', 'aarch64'].map((cpu) => `hostpulse-agent-${packed}-1.${cpu}.rpm`),
    // docs/install.md packs this archive itself.
    'hostpulse.tar.gz',
  ];
  return known.includes(name);
}

/** Returns whether a path of the repository exists. `dist/` has the compiled sources. */
export function isInRepository(path: string): boolean {
  const source = path.replace(/^dist\/(.*)\.js$/, '$1.ts').replace(/\/$/, '');
  if (/^(?:dist|node_modules|release|data)(?:\/|$)/.test(source)) return true;
  return /[*?]/.test(source) ? globSync(source, { cwd: root }).length > 0 : existsSync(join(root, source));
}

/** Returns whether a path that begins with `data/` is in the data directory of a stack. */
export function isInDataDirectory(path: string): boolean {
  const directory = dataDirectory('/data');
  const files = (value: unknown): readonly string[] =>
    typeof value === 'string' ? [value] : Object.values(value as Readonly<Record<string, unknown>>).flatMap(files);
  const { root: all, prometheus, alertmanager, logs, ...rest } = directory;
  const below = [prometheus.data, prometheus.targets, prometheus.customRules, alertmanager.data, logs];
  const known = [all, ...files({ prometheus, alertmanager, ...rest })];
  const asked = `/${path}`.replace(/\/$/, '');
  return known.includes(asked) || below.some((folder) => asked.startsWith(`${folder}/`));
}

interface Manifest {
  readonly kind: string;
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly name: string }[] } };
  };
}

/** The manifests of deploy/kubernetes/. */
export function manifests(): readonly Manifest[] {
  return globSync('deploy/kubernetes/*.yaml', { cwd: root })
    .flatMap((path) => parseAllDocuments(read(path)))
    .map((document) => document.toJS() as Manifest);
}

interface Compose {
  readonly services: Readonly<Record<string, { readonly volumes?: readonly string[] }>>;
}

const compose = (): Compose => parse(read('docker-compose.yml'), { merge: true }) as Compose;

/** Services of docker-compose.yml. */
export function composeServices(): readonly string[] {
  return Object.keys(compose().services);
}

/** Returns whether an absolute path is in a volume of the service. */
export function isInVolume(service: string, path: string): boolean {
  const volumes = compose().services[service]?.volumes ?? [];
  const targets = volumes.map((volume) => volume.replaceAll(/\$\{[^}]*\}/g, '').split(':')[1] ?? '');
  return targets.some((target) => path === target || path.startsWith(`${target.replace(/\/$/, '')}/`));
}

/** UPDATE_GOLDEN is read by test/exporter/collectors/index.test.ts. */
const otherVariables = /^(?:OTEL_[A-Z_]+|NODE_EXTRA_CA_CERTS|UPDATE_GOLDEN)$/;

/** Returns whether a variable belongs to `.env`, to a program of hostpulse, or to the OpenTelemetry SDK. */
export function isVariable(name: string): boolean {
  const settings = Object.entries({ exporter, gateway, relay, up }).flatMap(([program, { settings: own }]) =>
    Object.values(own).flatMap(({ path, isSecret }) => {
      const variable = environmentName(program, path);
      return isSecret ? [variable, `${variable}_FILE`] : [variable];
    }),
  );
  const ofCompose = [...read('.env.example').matchAll(/^#?\s?([A-Z_]+)=/gm)].map((match) => match[1]);
  return settings.includes(name) || ofCompose.includes(name) || otherVariables.test(name);
}
