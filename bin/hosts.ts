/** `hostpulse hosts`: adds hosts, lists them with their versions, and forgets hosts that were taken out of service. */
import { Command, CommanderError } from 'commander';
import { revokeEnrolledKey } from '../common/store/credentials/enrollment-tokens.ts';
import { removeTarget } from '../ingest-gateway/enrollment/targets.ts';
import { forgetHost } from '../ingest-gateway/liveness/pushed-hosts.ts';
import {
  type Ask,
  addGatewayClientFlags,
  explainClientError,
  type GatewayClientFlags,
  gatewayClientOf,
} from './cli/gateway-client.ts';
import { addDatabaseFlags, type GatewayFlags, withGatewayStore } from './cli/gateway-store.ts';
import { addExamples, subcommandsOf } from './cli/help/examples.ts';
import { print, printTable } from './cli/table.ts';

export async function run(argv: readonly string[]): Promise<void> {
  const command = createCommand();
  for (const each of [command, ...command.commands]) each.exitOverride().allowExcessArguments(false);
  try {
    await command.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explainClientError('hostpulse hosts', thrown);
  }
}

export function createCommand(): Command {
  const command = new Command('hostpulse hosts').description('add, list and forget hosts');
  addExamples(
    command,
    ['add web-1 --label env=prod', 'print the line that installs the agent on web-1'],
    ['list', 'show the hosts'],
    ['outdated', 'show the hosts that need an upgrade'],
  );
  const sub = subcommandsOf(command, addGatewayClientFlags);
  sub(
    'add <host>',
    'print the line that installs the agent on a new host; valid once, for one hour',
    ['web-1 --label env=prod --label dc=fra', 'print the line that installs the agent on web-1'],
    ['db-1 --scrape db-1.example.com:9100', 'let Prometheus scrape an exporter'],
  )
    .option('--label <name=value>', 'label for every series of the host; repeatable', collectLabel)
    .option('--scrape <host:port>', 'let Prometheus scrape an exporter of the host instead of installing the agent')
    .action(add);
  sub(
    'list',
    'list the hosts with state, system and version of the agent',
    ['', 'hosts of the stack in ./data'],
    ['--url https://monitoring.example.com --api-key-file key', 'hosts of a server elsewhere'],
  ).action(list);
  sub('outdated', 'list the hosts whose agent is older than the server', [
    '',
    'agents that are older than the server',
  ]).action(listOutdated);
  addExamples(addDatabaseFlags(command.command('forget <host>')), ['web-1', 'end the alerts of a decommissioned host'])
    .description('remove a host that was taken out of service; its data stays')
    .action(forget);
  return command;
}

type Labels = Readonly<Record<string, string>>;

interface AddFlags extends GatewayClientFlags {
  readonly label?: Labels;
  readonly scrape?: string;
}

/** The members of the answers that are printed. */
interface NewToken {
  readonly install: string;
  readonly ca_fingerprint?: string;
  readonly warnings: readonly string[];
}

interface ListedHost {
  readonly host: string;
  readonly mode: string;
  readonly up: boolean;
  readonly last_seen?: string;
  readonly os?: string;
  readonly version?: string;
}

async function add(host: string, { label: labels = {}, scrape: address, ...flags }: AddFlags): Promise<void> {
  const ask = gatewayClientOf(flags);
  if (address !== undefined) {
    await ask({ method: 'POST', path: '/api/v1/hosts/targets', body: { host, address, labels } });
    print(`Prometheus scrapes ${address} as ${host} within 30 seconds`);
    return;
  }
  const body = { host, labels };
  const {
    install,
    ca_fingerprint: fingerprint,
    warnings,
  } = (await ask({
    method: 'POST',
    path: '/api/v1/hosts/tokens',
    body,
  })) as NewToken;
  const note = (text: string): unknown => process.stderr.write(`${text}\n`);
  note(`Run this line on ${host}. It works once, for one hour; on a host with the agent it upgrades the agent.`);
  for (const warning of warnings) note(`warning: ${warning}`);
  if (fingerprint !== undefined) note(`CA fingerprint of the server (SHA-256): ${fingerprint}`);
  print(install);
}

async function list(flags: GatewayClientFlags): Promise<void> {
  printHosts(await listHosts(gatewayClientOf(flags)));
}

async function listOutdated(flags: GatewayClientFlags): Promise<void> {
  const ask = gatewayClientOf(flags);
  const { version } = (await ask({ method: 'GET', path: '/api/v1/hosts/agents' })) as { readonly version: string };
  const outdated = (await listHosts(ask)).filter((each) => each.version !== undefined && each.version !== version);
  if (outdated.length === 0) return print(`every agent has the server's version, ${version}`);
  printHosts(outdated);
  process.stderr.write(
    `The server has ${version}. To upgrade a host, run the line of "hostpulse hosts add HOST" or its earlier line there.\n`,
  );
}

async function listHosts(ask: Ask): Promise<readonly ListedHost[]> {
  const { hosts } = (await ask({ method: 'GET', path: '/api/v1/hosts' })) as { readonly hosts: readonly ListedHost[] };
  return hosts;
}

function printHosts(hosts: readonly ListedHost[]): void {
  const rows = hosts.map(({ host, mode, up, last_seen: seen, os, version }) => [
    host,
    up ? 'up' : 'down',
    mode,
    version ?? '-',
    seen?.slice(0, 19).replace('T', ' ') ?? '-',
    os ?? '-',
  ]);
  printTable(['HOST', 'STATE', 'MODE', 'VERSION', 'LAST SEEN (UTC)', 'SYSTEM'], rows);
}

async function forget(host: string, flags: GatewayFlags): Promise<void> {
  await withGatewayStore(flags, async (db, { targetsDirectory }) => {
    const nowMs = Date.now();
    const isPushed = await forgetHost(db, { host, nowMs });
    const hadKey = await revokeEnrolledKey(db, host, nowMs);
    const wasTarget = targetsDirectory !== undefined && removeTarget(targetsDirectory, host);
    if (!isPushed && !hadKey && !wasTarget) throw new Error(`no pushed host is named "${host}"`);
    if (isPushed) print(`${host} is no longer expected; its alerts resolve within a minute`);
    if (hadKey) print(`the key of ${host} is revoked`);
    if (wasTarget) print(`Prometheus no longer scrapes ${host}`);
  });
}

function collectLabel(value: string, previous: Labels = {}): Labels {
  const [, name, text] = /^([^=]+)=(.+)$/s.exec(value) ?? [];
  if (name !== undefined && text !== undefined) return { ...previous, [name]: text };
  throw new CommanderError(2, 'label', `--label: expected name=value, got "${value}"`);
}
