// Subject: grafana/provisioning/dashboards/hostpulse.yml
/** Checks the provisioning files of Grafana without Grafana: every path, service, key and uid in the files exists. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { dataDirectory, stackUser } from '../../stack/data/data-directory.ts';
import { defaultPorts } from '../../stack/ports.ts';
import { rawDashboards } from '../support/dashboards.ts';

const root = join(import.meta.dirname, '..', '..');

interface Datasource {
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly editable: boolean;
  readonly isDefault?: boolean;
  readonly basicAuthUser?: string;
  readonly jsonData: Readonly<Record<string, unknown>>;
  readonly secureJsonData?: Readonly<Record<string, string>>;
}

function read<T>(path: string): T {
  return parse(readFileSync(join(root, path), 'utf8'), { merge: true }) as T;
}

const compose = read<{
  services: {
    grafana: { volumes: string[]; environment: Record<string, string>; user: string };
    setup: { volumes: string[] };
  };
}>('docker-compose.yml');
const { grafana, setup } = compose.services;

/** Returns the path in the container of a volume or a folder of the repository. */
function mountOf(source: string): string {
  const mount = grafana.volumes.find((each) => each.startsWith(`${source}:`))?.split(':')[1];
  if (mount === undefined) throw new Error(`grafana mounts no ${source}`);
  return mount;
}

describe('data sources', () => {
  const { datasources } = read<{ datasources: Datasource[] }>('grafana/provisioning/datasources/hostpulse.yml');
  const [gateway, alertmanager] = datasources as [Datasource, Datasource];

  test('are the gateway, by default, and Alertmanager', () => {
    expect(datasources.map(({ uid, type }) => [uid, type])).toEqual([
      ['hostpulse', 'prometheus'],
      ['hostpulse-alertmanager', 'alertmanager'],
    ]);
    expect(gateway).toMatchObject({ url: `http://gateway:${defaultPorts.gateway}`, isDefault: true, editable: false });
    expect(alertmanager.url).toBe(`http://alertmanager:${defaultPorts.alertmanager}`);
    expect(gateway.jsonData['alertmanagerUid']).toBe(alertmanager.uid);
  });

  test.each([
    ['grafana/provisioning/datasources/hostpulse.yml'],
    ['grafana/examples/gateway.yml'],
    ['grafana/examples/prometheus.yml'],
  ])('%s: rates know the interval at which hosts are read', (path) => {
    const [source] = read<{ datasources: [Datasource] }>(path).datasources;
    expect(source.jsonData).toMatchObject({ timeInterval: '5s', httpMethod: 'POST' });
  });

  test('the key is created by the setup in a separate volume', () => {
    const keys = dataDirectory('/data').grafana;
    expect(setup.volumes).toContain(`grafana-config:${posix.dirname(keys.readKey)}`);
    const inside = (file: string): string => posix.join(mountOf('grafana-config'), posix.basename(file));
    expect(gateway.secureJsonData).toEqual({ httpHeaderValue1: `Bearer $__file{${inside(keys.readKey)}}` });
    expect(gateway.jsonData['httpHeaderName1']).toBe('Authorization');
    expect(grafana.environment['GF_SECURITY_ADMIN_PASSWORD__FILE']).toBe(inside(keys.password));
    // The user that wrote the files is the user that reads them.
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`USER ${grafana.user}\n`);
    expect(dockerfile).toContain(posix.dirname(keys.readKey));
  });

  test('the example for Prometheus uses its user', () => {
    const [direct] = read<{ datasources: [Datasource] }>('grafana/examples/prometheus.yml').datasources;
    expect(direct).toMatchObject({
      basicAuthUser: stackUser,
      url: `http://prometheus:${defaultPorts.prometheus}`,
    });
  });
});

describe('dashboards', () => {
  const { providers } = read<{ providers: Readonly<Record<string, unknown>>[] }>(
    'grafana/provisioning/dashboards/hostpulse.yml',
  );

  test('are read-only, from the mounted folder', () => {
    const path = mountOf('./grafana/dashboards');
    expect(providers).toEqual([
      expect.objectContaining({ type: 'file', allowUiUpdates: false, disableDeletion: true, options: { path } }),
    ]);
    const home = grafana.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    expect(posix.dirname(home)).toBe(path);
    expect(rawDashboards.map(([name]) => name)).toContain(posix.basename(home));
  });
});

test('alert rules of Grafana reach Alertmanager', () => {
  const { contactPoints } = read<{ contactPoints: { receivers: unknown[] }[] }>(
    'grafana/provisioning/alerting/hostpulse.yml',
  );
  expect(contactPoints.flatMap(({ receivers }) => receivers)).toEqual([
    expect.objectContaining({
      type: 'prometheus-alertmanager',
      settings: { url: `http://alertmanager:${defaultPorts.alertmanager}` },
    }),
  ]);
});

test('the folders have the names that Grafana reads', () => {
  expect(mountOf('./grafana/provisioning')).toBe(grafana.environment['GF_PATHS_PROVISIONING']);
  expect(readdirSync(join(root, 'grafana', 'provisioning')).sort()).toEqual(['alerting', 'dashboards', 'datasources']);
});
