/** `hostpulse relay reload`: lets the running relay read its configuration again, and prints the result. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { schemeOf } from '../../common/http/web-config/web-config.ts';
import { renderListenAddress } from '../../common/program/settings/units.ts';
import { dataDirectory } from '../../stack/data/data-directory.ts';
import { defaultDataDirectory, tryReadStackUrls } from '../../stack/data/stack-file.ts';
import { addExamples } from '../cli/help/examples.ts';
import { addStoreFlags, type StoreFlags } from '../cli/program-store.ts';
import { runCommand } from '../cli/run-command.ts';
import { print } from '../cli/table.ts';
import { readRelayConfig } from './relay-command.ts';

interface ReloadFlags extends StoreFlags {
  readonly relayUrl?: string;
  readonly 'webhook.tokenFile'?: string;
}

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

export function createCommand(): Command {
  const command = new Command('hostpulse relay reload')
    .description('let the running relay read its configuration again; a configuration with faults changes nothing')
    .option(
      '--relay-url <url>',
      'URL of the relay [default: of the stack, else web.listen_address of the configuration]',
    )
    .option('--webhook.token-file <path>', 'file with webhook.token [default: of the stack, else of the configuration]')
    .action(reload);
  return addExamples(
    addStoreFlags(command, 'relay'),
    ['', 'after a change of data/relay.yml'],
    ['--config.file /etc/hostpulse/relay.yml', 'a relay that runs by itself'],
  );
}

/** The relay itself checks its file: it has the flags and environment variables of its start. */
async function reload(flags: ReloadFlags): Promise<void> {
  const { url, token } = await findRelay(flags);
  const response = await fetch(`${url}/-/reload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(30_000),
  }).catch((cause: unknown) => {
    throw new Error(`the relay at ${url} does not answer`, { cause });
  });
  const body = (await response.json().catch(() => ({}))) as Partial<Reloaded & Refused>;
  if (response.ok && body.channels !== undefined) {
    print(`reloaded: channels ${body.channels.join(', ') || 'none'}; routes ${body.routes}`);
    return;
  }
  const { title = `${url} answers ${response.status}, and not as a relay that can be reloaded`, errors = [] } = body;
  throw new Error(`${title}${errors.map(({ path, message }) => `\n  ${path}: ${message}`).join('')}`);
}

interface Reloaded {
  readonly channels: readonly string[];
  readonly routes: number;
}

interface Refused {
  readonly title: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

interface RelayAccess {
  readonly url: string;
  readonly token: string;
}

async function findRelay(flags: ReloadFlags): Promise<RelayAccess> {
  const { relayUrl, 'webhook.tokenFile': tokenFile, ...store } = flags;
  const given = {
    ...(relayUrl !== undefined && { url: relayUrl.replace(/\/+$/, '') }),
    ...(tokenFile !== undefined && { token: readFileSync(tokenFile, 'utf8').trim() }),
  };
  const { url, token } = given;
  return url !== undefined && token !== undefined ? { url, token } : { ...(await findConfigured(store)), ...given };
}

/** Returns the relay of the stack, or of the configuration. */
async function findConfigured(flags: StoreFlags): Promise<RelayAccess> {
  const directory = dataDirectory(flags.dataDir ?? defaultDataDirectory);
  const stack = flags['config.file'] === undefined ? tryReadStackUrls(directory) : undefined;
  if (stack !== undefined)
    return { url: stack.relay, token: readFileSync(directory.alertmanager.relayToken, 'utf8').trim() };
  if (flags.dataDir !== undefined) throw new Error(`no stack runs over ${flags.dataDir}`);
  const { listenAddresses, webConfigFile, webhookToken } = await readRelayConfig(flags);
  const [first] = listenAddresses;
  if (webhookToken === undefined || first === undefined)
    throw new Error('a reload needs webhook.token in the configuration, or --relay-url and --webhook.token-file');
  const url = `${schemeOf(webConfigFile)}://${renderListenAddress({ host: '127.0.0.1', ...first })}`;
  return { url, token: webhookToken.reveal() };
}
