/** `hostpulse relay dead`: lists dead letters and queues them again. */
import { Command, InvalidArgumentError } from 'commander';
import { deadLetters, reviveDeadLetters } from '../../alert-relay/store/dead-letters.ts';
import { addExamples } from '../cli/help/examples.ts';
import { addStoreFlags, type StoreFlags } from '../cli/program-store.ts';
import { runCommand } from '../cli/run-command.ts';
import { print, printTable } from '../cli/table.ts';
import { withRelayStore } from './relay-command.ts';

interface DeadFlags extends StoreFlags {
  readonly channel?: string;
  readonly all?: true;
}

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

export function createCommand(): Command {
  const command = new Command('hostpulse relay dead').description('messages that the relay could not deliver');
  const only = ['--channel <name>', 'only messages of this channel'] as const;
  addExamples(command.command('list'), ['--channel team', 'dead letters of a channel'])
    .description('list dead letters, oldest first')
    .option(...only)
    .action(list);
  addExamples(
    command.command('retry'),
    ['17 18', 'send two messages again'],
    ['--all --channel team', 'all of a channel'],
  )
    .description('queue dead letters again; a running relay sends them within 2 s')
    .argument('[id...]', 'ids shown by "list"', collectIds)
    .option('--all', 'all dead letters')
    .option(...only)
    .action(retry);
  for (const each of command.commands) addStoreFlags(each, 'relay');
  return addExamples(command, ['list', 'show messages that were not delivered'], ['retry --all', 'send them again']);
}

async function list({ channel, ...flags }: DeadFlags): Promise<void> {
  await withRelayStore(flags, async (db) => {
    const rows = (await deadLetters(db, { channel })).map((letter) => [
      String(letter.id),
      letter.channel,
      letter.status,
      letter.alertname,
      letter.host ?? '-',
      new Date(letter.settled_at ?? letter.created_at).toISOString().slice(0, 19).replace('T', ' '),
      String(letter.attempts),
      letter.reason ?? '-',
    ]);
    printTable(['ID', 'CHANNEL', 'STATUS', 'ALERT', 'HOST', 'FAILED (UTC)', 'ATTEMPTS', 'REASON'], rows);
  });
}

async function retry(ids: readonly number[], { channel, all, ...flags }: DeadFlags): Promise<void> {
  if (ids.length === 0 && all !== true)
    throw new Error('give the ids of messages (hostpulse relay dead list), or --all');
  if (ids.length > 0 && all === true) throw new Error('give ids or --all, not both');
  await withRelayStore(flags, async (db) => {
    const search = { ids: all === true ? undefined : ids, channel };
    const revived = await reviveDeadLetters(db, { ...search, nowMs: Date.now() });
    const missing = ids.filter((id) => !revived.includes(id));
    print(`queued again: ${revived.length}`);
    if (missing.length > 0)
      throw new Error(
        `not queued: ${missing.join(', ')} (not a dead letter, of another channel, or pending again already)`,
      );
  });
}

function collectIds(text: string, previous: readonly number[] = []): readonly number[] {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`expected the id of a message, got "${text}".`);
  return [...previous, Number(text)];
}
