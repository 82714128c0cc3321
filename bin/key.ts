/** `hostpulse key`: creates, lists and revokes API keys in the gateway's database. */
import { Command, CommanderError, Option } from 'commander';
import { type Scope, scopes } from '../common/http/auth.ts';
import { schemeOf } from '../common/http/web-config/web-config.ts';
import { parseDuration, renderListenAddress } from '../common/program/settings/units.ts';
import { type ApiKey, createApiKey, listApiKeys, tryRevokeApiKey } from '../common/store/credentials/api-keys.ts';
import { createLoginToken } from '../common/store/credentials/sessions.ts';
import type { Database } from '../common/store/schema.ts';
import type { GatewayConfig } from '../ingest-gateway/config.ts';
import { addDatabaseFlags, type GatewayFlags, withGatewayStore } from './cli/gateway-store.ts';
import { addExamples, subcommandsOf } from './cli/help/examples.ts';
import { parseHostOption } from './cli/option-parsers.ts';
import { runCommand } from './cli/run-command.ts';
import { print, printTable } from './cli/table.ts';

const service = '--data-dir /var/lib/hostpulse/data';

/** Enough to open the link on another machine. */
const loginLinkLifetimeMs = 15 * 60_000;

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

export function createCommand(): Command {
  const command = new Command('hostpulse key').description('create, list and revoke API keys of the gateway');
  addExamples(
    command,
    ['create --name web-1 --scope push --host web-1', 'create a key with which one host pushes'],
    ['list', 'show who has access'],
  );
  const sub = subcommandsOf(command, addDatabaseFlags);
  sub(
    'create',
    'create a key and print it: the key is shown only once',
    ['--name grafana --scope read --expires-in 90d', 'a key that reads, for 90 days'],
    ['--name web-1 --scope push --host web-1', 'a key that pushes for one host'],
  )
    .requiredOption('--name <name>', 'name of the key; unique among valid keys')
    .addOption(
      new Option('--scope <scope>', 'what the key permits; repeatable; admin includes the others')
        .choices([...scopes])
        .makeOptionMandatory()
        .argParser(collectScope),
    )
    .option('--host <host>', 'the only host whose data the key may push or read', parseHostOption)
    .option('--expires-in <duration>', 'lifetime of the key, such as 90d', readDuration)
    .action(create);
  sub('list', 'list all keys, including revoked keys', [service, 'keys of the service']).action(list);
  sub('revoke <id-or-name>', 'revoke a key immediately and permanently', ['web-1', 'revoke a key by its name']).action(
    revoke,
  );
  sub('login-link', "print a one-time login link to the gateway's page, valid for 15 minutes", [
    service,
    'log in to the page of the service',
  ]).action(printLoginLink);
  return command;
}

interface CreateFlags extends GatewayFlags {
  readonly name: string;
  readonly scope: readonly [Scope, ...Scope[]];
  readonly host?: string;
  readonly expiresIn?: number;
}

async function create({ name, scope, host, expiresIn, ...flags }: CreateFlags): Promise<void> {
  const act = async (db: Database): Promise<void> => {
    const nowMs = Date.now();
    const expiresAtMs = expiresIn === undefined ? undefined : nowMs + expiresIn;
    const { key } = await createApiKey(db, { name, scopes: scope, host, expiresAtMs, nowMs });
    print(key);
    process.stderr.write(
      `The key is shown only once. Send it as "Authorization: Bearer <key>". To revoke it: hostpulse key revoke ${name}\n`,
    );
  };
  await withGatewayStore(flags, act, { mayCreate: true });
}

async function list(flags: GatewayFlags): Promise<void> {
  await withGatewayStore(flags, async (db) => {
    const rows = (await listApiKeys(db)).map(describe);
    printTable(['ID', 'NAME', 'SCOPES', 'HOST', 'CREATED', 'LAST USED', 'STATE'], rows);
  });
}

function describe(key: ApiKey): string[] {
  const { keyId, name, host, createdAtMs, lastUsedAtMs } = key;
  return [keyId, name, key.scopes.join(','), host ?? 'any', day(createdAtMs), day(lastUsedAtMs), stateOf(key)];
}

function stateOf({ revokedAtMs, expiresAtMs }: ApiKey): string {
  if (revokedAtMs !== undefined) return `revoked ${day(revokedAtMs)}`;
  if (expiresAtMs === undefined) return 'valid';
  return expiresAtMs > Date.now() ? `valid until ${day(expiresAtMs)}` : `expired ${day(expiresAtMs)}`;
}

function day(timeMs: number | undefined): string {
  return timeMs === undefined ? 'never' : new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');
}

async function revoke(idOrName: string, flags: GatewayFlags): Promise<void> {
  await withGatewayStore(flags, async (db) => {
    const key = await tryRevokeApiKey(db, idOrName, Date.now());
    if (key === undefined) throw new Error(`no valid key has the id or name "${idOrName}" (hostpulse key list)`);
    print(`revoked ${key.keyId} "${key.name}"`);
  });
}

async function printLoginLink(flags: GatewayFlags): Promise<void> {
  await withGatewayStore(flags, async (db, config) => {
    const token = await createLoginToken(db, {
      scopes: ['admin'],
      lifetimeMs: loginLinkLifetimeMs,
      nowMs: Date.now(),
    });
    print(`${baseUrlOf(config)}/login?token=${token}`);
  });
}

function baseUrlOf({ publicUrl, listenAddresses, webConfigFile }: GatewayConfig): string {
  if (publicUrl !== undefined) return publicUrl;
  const [{ host = 'localhost', port } = { port: 9180 }] = listenAddresses;
  return `${schemeOf(webConfigFile)}://${renderListenAddress({ host, port })}`;
}

function collectScope(value: string, previous: readonly Scope[] | undefined): Scope[] {
  const scope = scopes.find((each) => each === value);
  if (scope === undefined)
    throw new CommanderError(2, 'scope', `--scope: expected one of ${scopes.join(', ')}, got "${value}"`);
  return [...(previous ?? []), scope];
}

function readDuration(value: string): number {
  const durationMs = parseDuration(value);
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw new CommanderError(2, 'duration', `--expires-in: expected a duration such as 90d, got "${value}"`);
}
