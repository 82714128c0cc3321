// Subject: deploy/kubernetes/stack.yaml
/** Checks the manifests without a cluster: references exist, programs accept their arguments, and containers run with least privileges. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { gatewayNodeFlags, leanNodeFlags } from '../../common/program/node-flags.ts';
import { prometheusFlags } from '../../stack/components.ts';
import { stackUser } from '../../stack/data/data-directory.ts';
import { defaultPorts } from '../../stack/ports.ts';
import { expectKnownFlags, expectValidConfiguration } from '../support/deployed-programs.ts';
import {
  type Container,
  expectLeastPrivileges,
  expectUnprivilegedUser,
  variablesOf,
} from '../support/kubernetes-pods.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'deploy/kubernetes');

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string; readonly items?: readonly { key: string; path: string }[] };
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly ports?: readonly { readonly port: number; readonly targetPort: string }[];
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly securityContext: unknown;
        readonly initContainers?: readonly Container[];
        readonly containers: readonly Container[];
        readonly volumes: readonly Volume[];
      };
    };
  };
}

interface Kustomization {
  readonly namespace: string;
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
}

const kustomization = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
const manifests = kustomization.resources.flatMap((file) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
    expect([file, document.errors]).toEqual([file, []]);
    return document.toJS() as Manifest;
  }),
);
const workloads = manifests.filter(({ kind }) => ['DaemonSet', 'StatefulSet'].includes(kind));
const containers = workloads.flatMap(({ spec: { template } }) => [
  ...(template.spec.initContainers ?? []),
  ...template.spec.containers,
]);

function container(name: string): Container {
  const found = containers.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

test('has a namespace, a service, the stack and an exporter on each node', () => {
  expect(manifests.map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.name])).toEqual([
    ['v1', 'Namespace', 'hostpulse'],
    ['v1', 'Service', 'hostpulse'],
    ['apps/v1', 'StatefulSet', 'hostpulse'],
    ['apps/v1', 'DaemonSet', 'hostpulse-exporter'],
  ]);
  expect(kustomization.namespace).toBe('hostpulse');
});

test('the configuration is built from existing files, all rules included', () => {
  for (const { files } of kustomization.configMapGenerator)
    for (const file of files) expect([file, existsSync(join(folder, file))]).toEqual([file, true]);
  const listed = kustomization.configMapGenerator.flatMap(({ files }) => files);
  for (const name of ['alerts', 'recording-1m', 'recording-5m'])
    expect(listed).toContain(`../../rules/${name}.rules.yml`);
});

test.each(workloads)('$kind: every mount has a volume, every volume a source', ({ spec }) => {
  const { volumes, containers: main, initContainers = [] } = spec.template.spec;
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
  const known = [...volumes.map(({ name }) => name), ...claims];
  for (const { name, volumeMounts } of [...initContainers, ...main])
    for (const mount of volumeMounts) expect([name, known]).toEqual([name, expect.arrayContaining([mount.name])]);
  const used = new Set(
    [...initContainers, ...main].flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)),
  );
  expect([...used].sort()).toEqual([...known].sort());
  for (const { configMap } of volumes) {
    if (configMap === undefined) continue;
    const made = kustomization.configMapGenerator.find(({ name }) => name === configMap.name);
    const keys = made?.files.map((file) => file.split('/').at(-1)) ?? [];
    expect([configMap.name, keys.length > 0]).toEqual([configMap.name, true]);
    for (const { key } of configMap.items ?? []) expect(keys).toContain(key);
  }
});

test('the init container restores the hints of blocks in the data directory of Prometheus', () => {
  const [command, subcommand, directory] = container('restore-hints').args ?? [];
  expect([command, subcommand]).toEqual(['tiers', 'restore-hints']);
  const [mount] = container('restore-hints').volumeMounts;
  expect(mount).toMatchObject({ mountPath: directory, subPath: 'prometheus-data' });
  expect(container('prometheus').volumeMounts).toContainEqual(mount);
});

test.each(workloads)('$kind: selectors match its pods', ({ spec }) => {
  expect(spec.selector).toEqual({ matchLabels: spec.template.metadata.labels });
});

test('the service exposes only the gateway', () => {
  const [service] = manifests.filter(({ kind }) => kind === 'Service');
  const [stack] = workloads;
  expect(service?.spec.selector).toEqual(stack?.spec.template.metadata.labels);
  const ports = new Map(container('gateway').ports?.map(({ name, containerPort }) => [name, containerPort]));
  expect(service?.spec.ports?.map(({ port, targetPort }) => [port, ports.get(targetPort)])).toEqual([
    [defaultPorts.gateway, defaultPorts.gateway],
    [defaultPorts.otlp, defaultPorts.otlp],
  ]);
  expect(containers.filter(({ ports: opened }) => opened !== undefined).map(({ name }) => name)).toEqual(['gateway']);
  for (const name of ['relay', 'alertmanager', 'prometheus', 'exporter'] as const)
    expect(container(name).args).toContain(`--web.listen-address=127.0.0.1:${defaultPorts[name]}`);
});

test.each(containers)('$name: a pinned image and least privileges', (each) => expectLeastPrivileges(each));

test.each(workloads)('$kind: no container runs as root', ({ spec }) => expectUnprivilegedUser(spec.template.spec));

test.each(['exporter', 'relay', 'gateway'] as const)('%s: the program accepts its arguments', (name) => {
  // Files that exist only in the cluster are replaced by a local file; every other problem fails the test.
  const here = (text: string): string =>
    text
      .replace(/=\/data\/[^=]*(password|token)$/, `=${join(root, 'package.json')}`)
      .replace('/etc/hostpulse/relay.yml', join(folder, 'relay.yml'))
      .replace('/etc/hostpulse/key', join(root, 'package.json'));
  const found = container(name);
  expectValidConfiguration({ program: name, args: found.args.map(here), variables: variablesOf(found, here) });
});

describe('third-party programs', () => {
  test.each(['prometheus', 'alertmanager'] as const)('%s: the real program knows every flag', (name) => {
    expectKnownFlags(name, container(name).args);
  });

  test('Prometheus runs with the same flags as under "hostpulse up", by the same user', () => {
    expect(container('prometheus').args).toEqual(expect.arrayContaining([...prometheusFlags]));
    for (const name of ['relay', 'gateway'])
      expect(container(name).args).toContain(`--prometheus.basic-auth.username=${stackUser}`);
  });

  test('uses the images of compose', () => {
    const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    for (const { image } of containers) expect(compose).toContain(`image: ${image}`);
  });

  test('targets are ports of the pod, in the folders of prometheus.yml', () => {
    const [stack] = workloads;
    const items = stack?.spec.template.spec.volumes.flatMap(({ configMap }) => configMap?.items ?? []) ?? [];
    expect(items).toHaveLength(4);
    const patterns = readFileSync(join(root, 'prometheus.yml'), 'utf8');
    for (const { key, path } of items) {
      const job = path.split('/')[0] as 'alertmanager' | 'gateway' | 'prometheus' | 'relay';
      expect(patterns).toContain(`targets/${job}/*.yml`);
      expect(parse(readFileSync(join(folder, 'targets', key), 'utf8'))).toEqual([
        { targets: [`127.0.0.1:${defaultPorts[job]}`], labels: { instance: 'hostpulse' } },
      ]);
    }
  });
});

test.each([
  ['exporter', leanNodeFlags],
  ['gateway', gatewayNodeFlags],
])('the %s runs with its flags of Node', (name, flags) => {
  expect(container(name).command).toEqual(['node', ...flags, 'dist/bin/hostpulse.js']);
});
