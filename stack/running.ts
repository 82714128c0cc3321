/** How other commands find the stack that runs over a data directory: what stack.json says, as flags of gateway and relay. */
import { existsSync, readFileSync } from 'node:fs';
import { StartError } from '../common/program/program.ts';
import { type DataDirectory, dataDirectory } from './data/data-directory.ts';

/** `up`'s own default. */
export const defaultDataDirectory = 'data';

export interface StackFlags {
  readonly isRunning: boolean;
  /** Of its gateway, while it runs. */
  readonly gateway?: { readonly url: string; readonly adminKeyFile: string };
  /** Of `up`, while it runs. */
  readonly pid?: string;
  /** The gateway's, by name, without the dashes. */
  readonly flags: Flags;
  readonly relayFlags: Flags;
}

type Flags = Readonly<Record<string, string>>;

/** The database is known without a running stack, the addresses are not. Throws a `StartError` for a file that is none of ours. */
export function readStackFlags(folder: string): StackFlags {
  const directory = dataDirectory(folder);
  const { database, stackFile } = directory;
  if (!existsSync(stackFile))
    return { isRunning: false, flags: { 'database.path': database }, relayFlags: relayFlagsOf(directory) };
  const stack = parseStackFile(readFileSync(stackFile, 'utf8'), stackFile);
  return {
    isRunning: true,
    gateway: { url: stack('gateway'), adminKeyFile: stack('admin_key_file') },
    pid: stack('pid'),
    flags: {
      'database.path': database,
      'public-url': stack('gateway'),
      'prometheus.url': stack('prometheus'),
      'prometheus.basic-auth.username': stack('prometheus_user'),
      'prometheus.basic-auth.password-file': stack('prometheus_password_file'),
      'retention.prometheus-data-dir': directory.prometheus.data,
    },
    relayFlags: { ...relayFlagsOf(directory), 'public-url': stack('gateway') },
  };
}

/** Its file is there from the first start on. */
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
