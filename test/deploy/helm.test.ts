// Subject: deploy/helm/hostpulse/values.schema.json
/** The Helm chart, rendered by helm: valid by the published schemas, and programs accept what the chart gives them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { gatewayNodeFlags, leanNodeFlags } from '../../common/program/node-flags.ts';
import { canHaveHelm } from '../../scripts/tools/helm.ts';
import { prometheusFlags } from '../../stack/components.ts';
import { defaultPorts } from '../../stack/ports.ts';
import { binaryPath } from '../support/binaries.ts';
import { type Resource, schemaFaults } from '../support/kubernetes-schemas.ts';

const root = join(import.meta.dirname, '../..');
const chart = join(root, 'deploy/helm/hostpulse');
// Systems for which helm is not published as an npm package, and where it is not installed.
const describeHelm = canHaveHelm() ? describe : describe.skip;

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'hostpulse-helm-'))));
afterAll(() => rmSync(folder, { recursive: true }));

type Values = Readonly<Record<string, unknown>>;
const database = { database: { existingSecret: 'hostpulse-database' } };

function helm(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env['PATH'], HOME: folder };
  return spawnSync(binaryPath('helm'), args, { encoding: 'utf8', env });
}

function tryRender(values: Values): ReturnType<typeof helm> {
  const file = join(folder, 'values.json');
  writeFileSync(file, JSON.stringify(values));
  return helm('template', 'monitoring', chart, '--namespace=monitoring', `--values=${file}`);
}

function render(values: Values = database): readonly Rendered[] {
  const { status, stdout, stderr } = tryRender(values);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return parseAllDocuments(stdout).flatMap((document) => {
    expect(document.errors).toEqual([]);
    const resource = document.toJS() as Rendered | null;
    return resource === null ? [] : [resource];
  });
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
}

interface PodSpec {
  readonly securityContext: unknown;
  readonly automountServiceAccountToken: boolean;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly [source: string]: unknown }[];
}

interface Rendered extends Resource {
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly podSelector?: unknown;
    readonly ports?: readonly { readonly port: number; readonly targetPort: string }[];
    readonly template?: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
    readonly ingress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
    readonly groups?: unknown;
    readonly jobLabel?: string;
  };
}

function pods(resources: readonly Rendered[]): readonly { readonly resource: Rendered; readonly spec: PodSpec }[] {
  return resources.flatMap((resource) => {
    const spec = resource.spec?.template?.spec;
    return spec === undefined ? [] : [{ resource, spec }];
  });
}

function containers(resources: readonly Rendered[]): readonly Container[] {
  return pods(resources).flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers]);
}

function container(resources: readonly Rendered[], name: string): Container {
  const found = containers(resources).find((each) => each.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

const variants: readonly (readonly [string, Values])[] = [
  ['the defaults with a database', database],
  ['a database by its URL', { database: { url: 'postgres://hostpulse:pa55word@db:5432/hostpulse' } }],
  [
    'the operator instead of an own Prometheus and Alertmanager',
    {
      ...database,
      prometheus: { enabled: false, url: 'http://prometheus-operated.monitoring:9090' },
      alertmanager: { enabled: false, url: 'http://alertmanager-operated.monitoring:9093' },
      serviceMonitor: { enabled: true, labels: { release: 'kube-prometheus-stack' } },
      prometheusRule: { enabled: true, labels: { release: 'kube-prometheus-stack' } },
    },
  ],
  [
    'everything else',
    {
      ...database,
      imagePullSecrets: ['registry'],
      passwords: { existingSecret: 'hostpulse-passwords' },
      gateway: {
        replicas: 3,
        settings: { 'limit.series-per-host': 20_000, 'log.format': 'json' },
        service: { type: 'LoadBalancer', annotations: { 'example.com/internal': 'true' } },
        allowFrom: [{ ipBlock: { cidr: '192.0.2.0/24' } }],
        storage: { size: '5Gi', className: 'fast' },
      },
      relay: {
        config: { channels: { hook: { type: 'webhook', url: 'http://hook:8080' } }, routes: [{ channels: ['hook'] }] },
        existingSecret: 'hostpulse-channels',
      },
      exporter: {
        key: { from: 'secret', existingSecret: 'hostpulse-push-key' },
        settings: { 'log.level': 'warn' },
      },
      prometheus: { extraRules: { 'team.rules.yml': { groups: [{ name: 'team', rules: [] }] } } },
      ingress: {
        enabled: true,
        host: 'monitoring.example.com',
        className: 'nginx',
        tlsSecret: 'tls',
        annotations: { a: 'b' },
      },
    },
  ],
];

describeHelm('rendering', () => {
  test.each(variants)(
    '%s: valid by the published schemas, without a field that they do not have',
    async (_, values) => {
      const resources = render(values);
      expect(resources.length).toBeGreaterThan(12);
      for (const resource of resources)
        expect([resource.kind, resource.metadata.name, await schemaFaults(resource)]).toEqual([
          resource.kind,
          resource.metadata.name,
          [],
        ]);
    },
  );

  test('helm lint has no finding', () => {
    const { status, stdout } = helm('lint', '--strict', '--quiet', chart, '--set', 'database.existingSecret=db');
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: '' });
  });

  test('names of resources are unique, and every pod has least privileges', () => {
    for (const [, values] of variants) {
      const resources = render(values);
      const names = resources.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
      for (const { spec } of pods(resources)) {
        expect(spec.automountServiceAccountToken).toBe(false);
        expect(spec.securityContext).toMatchObject({ runAsUser: 65_534, fsGroup: 65_534, runAsNonRoot: true });
      }
      for (const { image, securityContext } of containers(resources)) {
        expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  test('every mount has a volume, and selectors match the pods', () => {
    for (const [, values] of variants)
      for (const { resource, spec } of pods(render(values))) {
        const claims = (resource.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
        const known = [...spec.volumes.map(({ name }) => name), ...claims].sort();
        const all = [...(spec.initContainers ?? []), ...spec.containers];
        const used = new Set(all.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)));
        expect([resource.metadata.name, [...used].sort()]).toEqual([resource.metadata.name, known]);
        expect(resource.spec?.selector).toEqual({ matchLabels: resource.spec?.template?.metadata.labels });
      }
  });

  test('the replicas of gateway and relay share PostgreSQL, and each gateway has its own queue', () => {
    const resources = render();
    for (const name of ['gateway', 'relay']) {
      expect(
        resources.find(({ metadata, kind }) => kind === 'StatefulSet' && metadata.name.endsWith(name))?.spec?.replicas,
      ).toBe(2);
      expect(container(resources, name).args).toContain('--database.url-file=/etc/hostpulse/database/url');
    }
    const set = resources.find(({ metadata }) => metadata.name === 'monitoring-hostpulse-gateway' && metadata);
    expect(set).toBeDefined();
    expect(container(resources, 'gateway').args).toContain('--queue.path=/data/queue.db');
  });

  test('only init containers of nodes have the database, and none where the key is a secret', () => {
    const mounts = (each: Container): readonly string[] => each.volumeMounts.map(({ name }) => name);
    const node = pods(render()).find(({ resource }) => resource.kind === 'DaemonSet')?.spec;
    expect(node?.initContainers?.map(mounts)).toEqual([['database', 'key']]);
    expect(mounts(node?.containers[0] as Container)).toEqual(['root', 'buffer', 'key']);
    const secret = render({ ...database, exporter: { key: { from: 'secret', existingSecret: 'push' } } });
    const other = pods(secret).find(({ resource }) => resource.kind === 'DaemonSet')?.spec;
    expect(other?.initContainers).toBeUndefined();
    expect(other?.volumes.find(({ name }) => name === 'key')?.['secret']).toMatchObject({ secretName: 'push' });
  });

  test('network policies open exactly the ports of the programs', () => {
    const open = render()
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ metadata, spec }) => [
        metadata.name,
        spec?.ingress?.flatMap(({ ports }) => ports.map(({ port }) => port)),
      ]);
    expect(Object.fromEntries(open)).toEqual({
      'monitoring-hostpulse-gateway': [defaultPorts.gateway, defaultPorts.otlp],
      'monitoring-hostpulse-relay': [defaultPorts.relay],
      'monitoring-hostpulse-prometheus': [defaultPorts.prometheus],
      'monitoring-hostpulse-alertmanager': [defaultPorts.alertmanager],
    });
  });
});

describeHelm('programs', () => {
  test.each(['exporter', 'relay', 'gateway'] as const)('%s: the program accepts its arguments', (name) => {
    for (const [title, values] of [variants[0], variants[3]] as readonly (readonly [string, Values])[]) {
      const resources = render(values);
      const { args, env = [] } = container(resources, name);
      const relay = resources.find(({ kind, metadata }) => kind === 'Secret' && metadata.name.endsWith('-relay'));
      writeFileSync(join(folder, 'relay.yml'), relay?.stringData?.['relay.yml'] ?? '');
      writeFileSync(join(folder, 'url'), 'postgres://hostpulse:pa55word@db:5432/hostpulse');
      // Files that exist only in the cluster are replaced by a local file; every other problem fails the test.
      const here = (text: string): string =>
        text
          .replace(/\/etc\/hostpulse\/passwords\/\S+/, join(root, 'package.json'))
          .replace('/etc/hostpulse/database/url', join(folder, 'url'))
          .replace('/etc/hostpulse/relay.yml', join(folder, 'relay.yml'))
          .replace('/etc/hostpulse/key', join(root, 'package.json'));
      const variables = env.flatMap((each) => (each.value === undefined ? [] : [[each.name, here(each.value)]]));
      const { status, stderr, stdout } = spawnSync(
        process.execPath,
        [join(root, 'bin/hostpulse.ts'), ...args.map(here), '--check-config'],
        { encoding: 'utf8', env: { PATH: process.env['PATH'], ...Object.fromEntries(variables) } },
      );
      expect({ title, status, stderr, stdout }).toEqual({
        title,
        status: 0,
        stderr: '',
        stdout: `${name}: the configuration is valid\n`,
      });
    }
  });

  test.each([
    ['prometheus', ['prometheus']],
    ['alertmanager', ['alertmanager', 'prometheus-alertmanager']],
  ] as const)('%s: the real program knows every flag', (name, [first, ...more]) => {
    const { stdout, stderr } = spawnSync(binaryPath(first, ...more), ['--help'], { encoding: 'utf8' });
    const { args } = container(render(), name);
    expect(args.length).toBeGreaterThan(3);
    const help = (stdout + stderr).replaceAll('--[no-]', '--'); // the notation of switches in newer releases
    for (const flag of args) expect(help).toContain(flag.split('=')[0]);
    if (name === 'prometheus') expect(args).toEqual(expect.arrayContaining([...prometheusFlags]));
  });

  test('the containers run with the flags of Node and the images of compose', () => {
    const resources = render();
    expect(container(resources, 'exporter').command).toEqual(['node', ...leanNodeFlags, 'dist/bin/hostpulse.js']);
    expect(container(resources, 'gateway').command).toEqual(['node', ...gatewayNodeFlags, 'dist/bin/hostpulse.js']);
    const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    for (const { image } of containers(resources)) expect(compose).toContain(`image: ${image}`);
  });

  test('services and ports are those of the programs', () => {
    const resources = render();
    for (const name of ['gateway', 'relay', 'prometheus', 'alertmanager'] as const) {
      const port = defaultPorts[name];
      const service = resources.find(
        ({ kind, metadata }) => kind === 'Service' && metadata.name === `monitoring-hostpulse-${name}`,
      );
      expect(service?.spec?.ports?.[0]).toMatchObject({ port, targetPort: 'http' });
      const { args, ports } = container(resources, name);
      expect(ports?.[0]).toEqual({ name: 'http', containerPort: port });
      expect(args).toContain(`--web.listen-address=:${port}`);
    }
  });

  test('the key container runs commands that exist', () => {
    const [script = ''] = container(render(), 'key').args;
    const commands = [...script.matchAll(/^hostpulse (key \w+)(.*)$/gm)];
    expect(commands.map((match) => match[1])).toEqual(['key revoke', 'key create']);
    const { stdout } = spawnSync(process.execPath, [join(root, 'bin/hostpulse.ts'), 'key', 'create', '--help'], {
      encoding: 'utf8',
    });
    const flags = [...script.matchAll(/(--[a-z.-]+)=/g)].map((match) => match[1] as string);
    expect(flags).toEqual(['--database.url-file', '--name', '--scope', '--host']);
    for (const flag of flags) expect(stdout).toContain(`${flag} <`);
  });

  test('promtool accepts the configuration of Prometheus with rules and targets; amtool that of Alertmanager', () => {
    const resources = render();
    const config = (name: string): Readonly<Record<string, string>> =>
      resources.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === `monitoring-hostpulse-${name}`)
        ?.data ?? {};
    const place = join(folder, 'prometheus');
    mkdirSync(join(place, 'rules'), { recursive: true });
    for (const [file, text] of Object.entries(config('rules'))) writeFileSync(join(place, 'rules', file), text);
    for (const file of ['prometheus-password', 'alertmanager-password', 'gateway-key', 'relay-token'])
      writeFileSync(join(place, file), 'secret');
    writeFileSync(join(place, 'prometheus.yml'), config('prometheus')['prometheus.yml'] ?? '');
    const mounted = pods(resources).find(({ resource }) => resource.metadata.name.endsWith('-prometheus'))?.spec
      .volumes;
    const targets = mounted?.find(({ name }) => name === 'targets')?.['configMap'] as {
      items: { key: string; path: string }[];
    };
    expect(targets.items).toHaveLength(4);
    for (const { key, path } of targets.items) {
      mkdirSync(join(place, 'targets', path, '..'), { recursive: true });
      writeFileSync(join(place, 'targets', path), config('targets')[key] ?? '');
      expect(config('prometheus')['prometheus.yml']).toContain(`targets/${path.split('/')[0]}/*.yml`);
    }
    const promtool = spawnSync(binaryPath('promtool'), ['check', 'config', join(place, 'prometheus.yml')], {
      encoding: 'utf8',
    });
    expect(promtool.stderr).toBe('');
    expect(promtool.status).toBe(0);
    const gateways = parse(config('targets')['gateway.yml'] ?? '') as {
      targets: string[];
      labels: { instance: string };
    }[];
    expect(gateways.map((each) => each.targets[0])).toEqual(
      [0, 1].map(
        (index) => `monitoring-hostpulse-gateway-${index}.monitoring-hostpulse-gateway-pods:${defaultPorts.gateway}`,
      ),
    );
    writeFileSync(join(place, 'alertmanager.yml'), config('alertmanager')['alertmanager.yml'] ?? '');
    expect(config('alertmanager')['alertmanager.yml']).toContain(
      `url: http://monitoring-hostpulse-relay:${defaultPorts.relay}/webhook`,
    );
    const amtool = spawnSync(binaryPath('amtool'), ['check-config', join(place, 'alertmanager.yml')], {
      encoding: 'utf8',
    });
    expect(amtool.status).toBe(0);
  });
});

describeHelm('values', () => {
  test.each([
    ['no database', {}, '/database'],
    ['an unknown value', { ...database, gatway: {} }, 'gatway'],
    ['a wrong type', { ...database, gateway: { replicas: 'two' } }, '/gateway/replicas'],
    ['a wrong choice', { ...database, exporter: { key: { from: 'label' } } }, '/exporter/key/from'],
    [
      'a rule file that Prometheus does not read',
      { ...database, prometheus: { extraRules: { 'team.yml': {} } } },
      'team.yml',
    ],
    ['no Prometheus at all', { ...database, prometheus: { enabled: false } }, 'prometheus.url is required'],
    ['a missing push key', { ...database, exporter: { key: { from: 'secret' } } }, 'existingSecret is required'],
  ])('%s is refused with its place', (_, values, place) => {
    const { status, stderr } = tryRender(values);
    expect(status).toBe(1);
    expect(stderr).toContain(place);
  });

  test('every value is in the schema and used by a template, and every used value exists', () => {
    const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Values;
    const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as Schema;
    const templates = spawnSync('cat', [join(chart, 'templates/_helpers.tpl'), ...templateFiles()], {
      encoding: 'utf8',
    }).stdout;
    const paths = leafPaths(values, schema);
    expect(paths.length).toBeGreaterThan(40);
    // `range` and `index` read these by a variable.
    const byName = /^(?:prometheus|alertmanager)\.enabled$|^(?:gateway|relay)\.replicas$|\.(?:size|className)$/;
    for (const path of paths)
      if (!byName.test(path)) expect([path, templates.includes(`.Values.${path}`)]).toEqual([path, true]);
    for (const [, path = ''] of templates.matchAll(/\.Values\.([A-Za-z]+(?:\.[A-Za-z]+)*)/g))
      expect([path, paths.some((each) => each === path || each.startsWith(`${path}.`))]).toEqual([path, true]);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

function templateFiles(): readonly string[] {
  const { stdout } = spawnSync('find', [join(chart, 'templates'), '-name', '*.yaml'], { encoding: 'utf8' });
  return stdout.trim().split('\n');
}

/** The paths of values that the schema does not describe further. Fails for a value without a schema. */
function leafPaths(values: Values, { properties = {} }: Schema, above = ''): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = `${above}${key}`;
    const schema = properties[key];
    expect([path, schema !== undefined]).toEqual([path, true]);
    const isBranch = schema?.properties !== undefined && !key.endsWith('resources');
    return isBranch ? leafPaths(value as Values, schema, `${path}.`) : [path];
  });
}
