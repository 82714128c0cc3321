/** stack.json: written by `up`, read by the other commands to find the stack of a data directory. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../../common/program/program.ts';
import { type DataDirectory, dataDirectory, stackUser } from './data-directory.ts';

/** The default of `up --data-dir`. */
export const defaultDataDirectory = 'data';

export interface StackFlags {
  readonly isRunning: boolean;
  /** Absent: the stack does not run. */
  readonly gateway?: { readonly url: string; readonly adminKeyFile: string };
  /** Process id of `up`. Absent: the stack does not run. */
  readonly pid?: string;
  /** Flags that make a program work on the stack's data, by name without dashes. */
  readonly flags: { readonly gateway: Flags; readonly relay: Flags };
}

type Flags = Readonly<Record<string, string>>;

/**
 * Returns the flags that make a command work on the stack of the folder. Addresses are missing while the stack does not
 * run. Throws a `StartError` when stack.json was not written by `up`.
 */
export function readStackFlags(folder: string): StackFlags {
  const directory = dataDirectory(folder);
  const { database, stackFile, ownConfig, prometheus } = directory;
  const gateway = {
    'database.path': database,
    'hosts.targets-directory': join(prometheus.targets, 'node'),
    ...(existsSync(ownConfig.gateway) ? { 'config.file': ownConfig.gateway } : {}),
  };
  const relay = relayFlagsOf(directory);
  if (!existsSync(stackFile)) return { isRunning: false, flags: { gateway, relay } };
  const stack = parseStackFile(readFileSync(stackFile, 'utf8'), stackFile);
  return {
    isRunning: true,
    gateway: { url: stack('gateway'), adminKeyFile: stack('admin_key_file') },
    pid: stack('pid'),
    flags: {
      gateway: {
        ...gateway,
        'public-url': stack('public_url'),
        'prometheus.url': stack('prometheus'),
        'prometheus.basic-auth.username': stack('prometheus_user'),
        'prometheus.basic-auth.password-file': stack('prometheus_password_file'),
      },
      relay: { ...relay, ...relayPublicUrl(directory, stack('public_url')) },
    },
  };
}

/** Matches the key in YAML without a parser, which would add to the memory of `up`. No other setting has this name. */
const publicUrlKey = /(?:^|[{,])[ \t]*["']?public_url["']?[ \t]*:/m;

/** Returns the flag with the gateway's URL for the links in messages, unless the relay's file sets `public_url`. */
export function relayPublicUrl({ relayConfig }: DataDirectory, url: string): Flags {
  return publicUrlKey.test(tryReadText(relayConfig)) ? {} : { 'public-url': url };
}

/** Returns an empty text for a file that is missing or cannot be read: the relay reports it. */
function tryReadText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The relay's configuration file exists after the first start. */
function relayFlagsOf({ database, relayConfig }: DataDirectory): Flags {
  return { 'database.path': database, ...(existsSync(relayConfig) ? { 'config.file': relayConfig } : {}) };
}

function parseStackFile(text: string, file: string): (key: string) => string {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new StartError(`${file}: expected what "hostpulse up" writes, got no JSON`, { cause });
  }
  return (key) => {
    const value = (root as Record<string, unknown> | null)?.[key];
    if (typeof value === 'string') return value;
    throw new StartError(`${file}: ${key}: expected a text, got ${JSON.stringify(value) ?? 'nothing'}`);
  };
}

export interface StackUrls {
  readonly exporter: string;
  readonly gateway: string;
  readonly relay: string;
  readonly prometheus: string;
  readonly alertmanager: string;
  /** URL of the gateway for people and hosts. `gateway` is its URL on loopback. */
  readonly public_url: string;
}

/** Returns the URLs of the running stack; undefined while `up` has not written the file. Throws a `StartError` for other contents. */
export function tryReadStackUrls({ stackFile }: DataDirectory): StackUrls | undefined {
  if (!existsSync(stackFile)) return undefined;
  const stack = parseStackFile(readFileSync(stackFile, 'utf8'), stackFile);
  return {
    exporter: stack('exporter'),
    gateway: stack('gateway'),
    relay: stack('relay'),
    prometheus: stack('prometheus'),
    alertmanager: stack('alertmanager'),
    public_url: stack('public_url'),
  };
}

/** Renders the URLs, the files that hold the secrets, and the process to stop. */
export function renderStackFile({ adminKey, prometheus }: DataDirectory, urls: StackUrls): string {
  const access = {
    admin_key_file: adminKey,
    prometheus_user: stackUser,
    prometheus_password_file: prometheus.password,
    alertmanager_user: stackUser,
    alertmanager_password_file: prometheus.alertmanagerPassword,
    pid: String(process.pid),
  };
  return `${JSON.stringify({ ...urls, ...access }, null, 2)}\n`;
}
