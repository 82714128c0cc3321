/** `hostpulse sessions`: lists and ends the sessions of the gateway's page. */
import { Command, CommanderError } from 'commander';
import { listSessions, revokeSessions, sessionIdForm } from '../common/store/credentials/sessions.ts';
import { addDatabaseFlags, type GatewayFlags, withGatewayStore } from './cli/gateway-store.ts';
import { addExamples, subcommandsOf } from './cli/help/examples.ts';
import { runCommand } from './cli/run-command.ts';
import { print, printTable } from './cli/table.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

export function createCommand(): Command {
  const command = new Command('hostpulse sessions').description("list and end the sessions of the gateway's page");
  addExamples(command, ['list', 'show who is logged in'], ['revoke --all', 'log everybody out']);
  const sub = subcommandsOf(command, addDatabaseFlags);
  sub('list', 'list the valid sessions', ['--data-dir /var/lib/hostpulse/data', 'sessions of the service']).action(
    list,
  );
  sub('revoke [id]', 'end a session, or all sessions with --all', ['--all', 'log everybody out'])
    .option('--all', 'end all sessions: everybody must log in again')
    .action(revoke);
  return command;
}

async function list(flags: GatewayFlags): Promise<void> {
  await withGatewayStore(flags, async (db) => {
    const rows = (await listSessions(db, { nowMs: Date.now() })).map((each) => [
      each.id,
      each.name,
      each.scopes.join(','),
      each.host ?? 'any',
      minute(each.createdAtMs),
      minute(each.expiresAtMs),
    ]);
    printTable(['ID', 'OPENED BY', 'SCOPES', 'HOST', 'OPENED', 'ENDS'], rows);
  });
}

interface RevokeFlags extends GatewayFlags {
  readonly all?: true;
}

async function revoke(id: string | undefined, { all, ...flags }: RevokeFlags): Promise<void> {
  if ((id === undefined) === (all === undefined))
    throw new CommanderError(2, 'session', 'expected the id of a session, or --all.');
  if (id !== undefined && !sessionIdForm.test(id))
    throw new CommanderError(2, 'session', `expected the id of a session (hostpulse sessions list), got "${id}".`);
  await withGatewayStore(flags, async (db) => {
    const count = await revokeSessions(db, id === undefined ? {} : { id });
    if (id !== undefined && count === 0) throw new Error(`there is no session ${id} (hostpulse sessions list)`);
    print(`ended ${count} ${count === 1 ? 'session' : 'sessions'}`);
  });
}

function minute(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');
}
