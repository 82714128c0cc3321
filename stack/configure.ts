/** Writes the configuration that the components read at their start: links to the package's files, and scrape targets. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../common/program/package.ts';
import type { DataDirectory } from './data/data-directory.ts';
import { type ComponentName, defaultPorts, type Ports } from './ports.ts';

/** Idempotent. Files that an operator edits are created once and then left alone. */
export function configureStack({ prometheus, alertmanager, logs, relayConfig }: DataDirectory, ports: Ports): void {
  const folders = [logs, prometheus.folder, prometheus.data, alertmanager.folder, alertmanager.data];
  for (const folder of [...folders, prometheus.customRules]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const root = packageRoot();
  link(join(root, 'prometheus.yml'), prometheus.config);
  link(join(root, 'rules'), join(prometheus.folder, 'rules'));
  writeTargets(prometheus.targets, 'node', ports.exporter);
  for (const job of ['prometheus', 'alertmanager', 'gateway', 'relay'] as const)
    writeTargets(prometheus.targets, job, ports[job]);
  const original = readFileSync(join(root, 'alertmanager.yml'), 'utf8');
  writeFileSync(alertmanager.config, renderAlertmanagerConfig(original, ports.relay));
  createRelayConfig(relayConfig);
}

/** The label `instance` is the bare host name, as in pushed samples. */
function writeTargets(folder: string, job: 'node' | ComponentName, port: number): void {
  const path = join(folder, job);
  mkdirSync(path, { recursive: true });
  writeFileSync(
    join(path, 'local.yml'),
    `# Written by "hostpulse up" at each start; put your own targets into other files of this folder.\n- targets: ["127.0.0.1:${port}"]\n  labels: {instance: ${JSON.stringify(hostname())}}\n`,
  );
}

/** Returns the package's alertmanager.yml with the relay's URL replaced. */
export function renderAlertmanagerConfig(original: string, relayPort: number): string {
  return original.replaceAll(`http://127.0.0.1:${defaultPorts.relay}/`, `http://127.0.0.1:${relayPort}/`);
}

const firstRelayConfig = `# Where alerts go: every setting is in docs/relay.md. After a change: hostpulse relay reload
# channels:
#   team:
#     type: slack
#     webhook_url: https://hooks.slack.com/services/...
#   mail:
#     type: email
#     from: hostpulse <pulse@example.com>
#     to: [ops@example.com]
#     host: smtp.example.com
#   tickets:
#     type: webhook
#     url: https://example.com/alerts
`;

/** Creates the relay's configuration file unless it exists. */
function createRelayConfig(file: string): void {
  try {
    writeFileSync(file, firstRelayConfig, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

/** Links instead of copying; copies where the system (Windows) refuses links. */
function link(source: string, place: string): void {
  rmSync(place, { recursive: true, force: true });
  try {
    symlinkSync(source, place);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') throw cause;
    cpSync(source, place, { recursive: true });
  }
}
