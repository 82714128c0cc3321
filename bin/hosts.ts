/** `hostpulse hosts`: edits the gateway's list of pushed hosts. */

import { Command } from 'commander';
import { forgetHost } from '../ingest-gateway/liveness/pushed-hosts.ts';
import { addDatabaseFlags, type GatewayFlags, withGatewayStore } from './cli/gateway-store.ts';
import { runCommand } from './cli/run-command.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

function createCommand(): Command {
  const command = new Command('hostpulse hosts').description("edit the gateway's list of pushed hosts");
  addDatabaseFlags(command.command('forget <host>'))
    .description('stop expecting pushes of a host that was taken out of service; its data stays')
    .action(forget);
  return command;
}

async function forget(host: string, flags: GatewayFlags): Promise<void> {
  await withGatewayStore(flags, async (db) => {
    if (!(await forgetHost(db, { host, nowMs: Date.now() }))) throw new Error(`no pushed host is named "${host}"`);
    process.stdout.write(`${host} is no longer expected; its alerts resolve within a minute\n`);
  });
}
