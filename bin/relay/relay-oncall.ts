/** `hostpulse relay oncall`: shows who is on call at a time, and the next handover. */
import { Command, InvalidArgumentError } from 'commander';
import type { Rota } from '../../alert-relay/settings/rota.ts';
import { renderTime } from '../../alert-relay/text/text.ts';
import { addExamples } from '../cli/help/examples.ts';
import { addStoreFlags, type StoreFlags } from '../cli/program-store.ts';
import { runCommand } from '../cli/run-command.ts';
import { print } from '../cli/table.ts';
import { readRelayConfig } from './relay-command.ts';

interface OnCallFlags extends StoreFlags {
  readonly at?: number;
}

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

export function createCommand(): Command {
  const command = new Command('hostpulse relay oncall')
    .description('show who is on call, with the channels, and the next handover')
    .argument('[name]', 'a rota of the configuration [default: all rotas]')
    .option('--at <time>', 'a time in RFC 3339, such as 2026-12-24T18:00:00+01:00 [default: now]', parseTime)
    .action(show);
  return addExamples(
    addStoreFlags(command, 'relay'),
    ['', 'show who is on call now'],
    ['ops --at 2026-12-24T18:00:00Z', 'at a time'],
  );
}

function parseTime(text: string): number {
  const timeMs = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(timeMs))
    throw new InvalidArgumentError(`expected a time such as 2026-12-24T18:00:00+01:00, got "${text}".`);
  return timeMs;
}

async function show(name: string | undefined, { at = Date.now(), ...flags }: OnCallFlags): Promise<void> {
  const { oncall } = await readRelayConfig(flags);
  const names = Object.keys(oncall);
  if (names.length === 0) throw new Error('the configuration has no rota (oncall in relay.yml)');
  if (name !== undefined && !names.includes(name))
    throw new Error(`expected a rota of the configuration, one of ${names.join(', ')}, got "${name}"`);
  for (const [each, rota] of Object.entries(oncall)) if (name === undefined || name === each) printRota(each, rota, at);
}

function printRota(name: string, rota: Rota, timeMs: number): void {
  const { people, timeZone } = rota.plan;
  const describe = (person: string): string => `${person} (${(people[person] ?? []).join(', ')})`;
  print(`${name}: ${describe(rota.personAt(timeMs))} at ${renderTime(timeMs, timeZone)}`);
  const next = rota.tryNextHandover(timeMs);
  if (next !== undefined) print(`next: ${describe(next.person)} from ${renderTime(next.atMs, timeZone)}`);
}
