/** `hostpulse hosts`: hosts that push, as the gateway remembers them. */
import { Command, CommanderError } from 'commander';
import { ConfigError, loadConfig } from '../common/program/config.ts';
import { readConfigFile } from '../common/program/config-file.ts';
import { messageOf } from '../common/program/log.ts';
import { logSettings } from '../common/program/run.ts';
import { openExistingStore } from '../common/store/open.ts';
import { forgetHost } from '../common/store/pushed-hosts.ts';
import type { Database } from '../common/store/schema.ts';
import { settings } from '../ingest-gateway/config.ts';
import { type StoreFlags, storeFlags } from './setting-flags.ts';

/** Ends the process: 0 done, 1 not done, 2 usage or configuration. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await createCommand().parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explain(thrown);
  }
}

function createCommand(): Command {
  const command = new Command('hostpulse hosts').description('hosts that push, as the gateway remembers them');
  command
    .command('forget <host>')
    .description('no longer expect a host that was taken out of service; what it pushed stays')
    .option('--config.file <path>', "the gateway's YAML file")
    .option('--database.path <path>', "the gateway's SQLite file")
    .option('--database.url-file <path>', 'file that holds the URL of its PostgreSQL')
    .action(forget);
  for (const each of [command, ...command.commands]) each.exitOverride().allowExcessArguments(false);
  return command;
}

async function forget(host: string, flags: StoreFlags): Promise<void> {
  await withStore(flags, async (db) => {
    if (!(await forgetHost(db, { host, nowMs: Date.now() }))) throw new Error(`no host named "${host}" pushes`);
    process.stdout.write(`${host} is no longer expected; its alerts resolve within a minute\n`);
  });
}

/** A database that is not there holds no host: it is not made. */
async function withStore(flags: StoreFlags, act: (db: Database) => Promise<void>): Promise<void> {
  const file = flags['config.file'];
  const config = loadConfig(
    { ...settings, ...logSettings },
    {
      program: 'gateway',
      flags: storeFlags(flags),
      environment: process.env,
      ...(file === undefined ? {} : { file: readConfigFile(file, process.env) }),
    },
  );
  const store = await openExistingStore({ path: config.databasePath, url: config.databaseUrl });
  try {
    await act(store.db);
  } finally {
    await store.close();
  }
}

function explain(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  process.stderr.write(`hostpulse hosts: ${messageOf(thrown)}\n`);
  return thrown instanceof ConfigError ? 2 : 1;
}
