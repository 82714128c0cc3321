/** `hostpulse hosts`: edits the gateway's list of pushed hosts. */
import { Command, CommanderError } from 'commander';
import { messageOf } from '../common/program/log.ts';
import { ConfigError } from '../common/program/settings/config.ts';
import { forgetHost } from '../ingest-gateway/liveness/pushed-hosts.ts';
import { addDatabaseFlags, type GatewayFlags, withGatewayStore } from './cli/gateway-store.ts';

/** Sets the exit code: 0 done, 1 failed, 2 invalid usage or configuration. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await createCommand().parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explain(thrown);
  }
}

function createCommand(): Command {
  const command = new Command('hostpulse hosts').description("edit the gateway's list of pushed hosts");
  addDatabaseFlags(command.command('forget <host>'))
    .description('stop expecting pushes of a host that was taken out of service; its data stays')
    .action(forget);
  for (const each of [command, ...command.commands]) each.exitOverride().allowExcessArguments(false);
  return command;
}

async function forget(host: string, flags: GatewayFlags): Promise<void> {
  await withGatewayStore(flags, async (db) => {
    if (!(await forgetHost(db, { host, nowMs: Date.now() }))) throw new Error(`no pushed host is named "${host}"`);
    process.stdout.write(`${host} is no longer expected; its alerts resolve within a minute\n`);
  });
}

function explain(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  process.stderr.write(`hostpulse hosts: ${messageOf(thrown)}\n`);
  return thrown instanceof ConfigError ? 2 : 1;
}
