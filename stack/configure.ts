/** Writes what the parts need before they start: links to the repository's files, targets, secrets. Repeating it changes nothing. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { packageRoot } from '../common/program/package.ts';
import type { DataDirectory } from './data/data-directory.ts';
import { prometheusUser } from './data/prometheus-user.ts';
import { keepSecret } from './data/secrets.ts';
import { defaultPorts, type PartName, type Ports } from './ports.ts';

export interface StackSecrets {
  readonly prometheusPassword: string;
}

export async function configureStack(directory: DataDirectory, ports: Ports): Promise<StackSecrets> {
  const { prometheus, alertmanager, logs } = directory;
  const folders = [logs, prometheus.folder, prometheus.data, alertmanager.folder, alertmanager.data];
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const secrets = await makeSecrets(directory);
  const root = packageRoot();
  link(join(root, 'prometheus.yml'), prometheus.config);
  link(join(root, 'rules'), join(prometheus.folder, 'rules'));
  writeTargets(prometheus.targets, 'node', ports.exporter);
  for (const job of ['prometheus', 'alertmanager', 'gateway', 'relay'] as const)
    writeTargets(prometheus.targets, job, ports[job]);
  const original = readFileSync(join(root, 'alertmanager.yml'), 'utf8');
  writeFileSync(alertmanager.config, renderAlertmanagerConfig(original, ports.relay));
  keepRelayConfig(directory.relayConfig);
  return secrets;
}

/**
 * Makes what is missing: Prometheus' password with the web configuration that asks for it, its folder for rules, Grafana's
 * password, the relay's token.
 */
export async function makeSecrets({ prometheus, alertmanager, grafana }: DataDirectory): Promise<StackSecrets> {
  mkdirSync(prometheus.customRules, { recursive: true, mode: 0o700 });
  keepSecret(alertmanager.relayToken);
  keepSecret(grafana.password);
  const prometheusPassword = keepSecret(prometheus.password);
  // bcrypt's lowest cost: every query pays for it, and the password is 192 random bits.
  const hashed = await hash(prometheusPassword, 4);
  writeFileSync(prometheus.webConfig, `basic_auth_users:\n  ${prometheusUser}: ${hashed}\n`, { mode: 0o600 });
  return { prometheusPassword };
}

/** `instance` is the bare host name, in scrape and push alike. */
function writeTargets(folder: string, job: 'node' | PartName, port: number): void {
  const path = join(folder, job);
  mkdirSync(path, { recursive: true });
  writeFileSync(
    join(path, 'local.yml'),
    `# Written by "hostpulse up" at each start; put targets of your own into other files beside it.\n- targets: ["127.0.0.1:${port}"]\n  labels: {instance: ${JSON.stringify(hostname())}}\n`,
  );
}

/** The repository's alertmanager.yml with the relay's URL put in, and nothing else changed. */
export function renderAlertmanagerConfig(original: string, relayPort: number): string {
  return original.replaceAll(`http://127.0.0.1:${defaultPorts.relay}/`, `http://127.0.0.1:${relayPort}/`);
}

const firstRelayConfig = `# Where alerts go: every setting is in docs/relay.md. After a change restart "hostpulse up", or send
# the relay SIGHUP: pkill -HUP -f "hostpulse.js relay"
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

/** The operator's file: written once, never touched again. */
function keepRelayConfig(file: string): void {
  try {
    writeFileSync(file, firstRelayConfig, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

/** A link, so that nothing exists twice; a copy where the system (Windows) allows no links. */
function link(source: string, place: string): void {
  rmSync(place, { recursive: true, force: true });
  try {
    symlinkSync(source, place);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') throw cause;
    cpSync(source, place, { recursive: true });
  }
}
