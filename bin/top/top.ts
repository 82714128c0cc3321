/** `hostpulse top`: prints the processes of a host that used most CPU, memory or I/O at a time of the last 48 hours. */
import { Command, CommanderError, Option } from 'commander';
import { type TopOrder, topOrders } from '../../common/top/top-record.ts';
import {
  addGatewayClientFlags,
  explainClientError,
  type GatewayClientFlags,
  gatewayClientOf,
} from '../cli/gateway-client.ts';
import { addExamples } from '../cli/help/examples.ts';
import { print, printTable } from '../cli/table.ts';
import { type TopAnswer, topRows, topTitle, whyNoRecord } from './top-table.ts';
import { parseTopTime } from './top-time.ts';

export async function run(argv: readonly string[]): Promise<void> {
  const command = createCommand();
  command.exitOverride().allowExcessArguments(false);
  try {
    await command.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explainClientError('hostpulse top', thrown);
  }
}

export function createCommand(): Command {
  const command = new Command('hostpulse top')
    .description('print the processes of a host that used most at a time')
    .argument('<host>', 'name of the host')
    .option(
      '--at <time>',
      'time of day (the most recent 03:12 of the local time zone), RFC 3339 or epoch milliseconds [default: now]',
      timeOf,
    )
    .addOption(new Option('--by <what>', 'the order of the processes').choices(topOrders).default('cpu'))
    .action(show);
  addExamples(
    command,
    ['web-1', 'show the busiest processes of the last minute'],
    ['web-1 --at 03:12', 'show who used the CPU at 03:12'],
    ['web-1 --at 2026-01-31T03:12:00Z --by memory', 'show who used the memory at a time'],
  );
  return addGatewayClientFlags(command);
}

interface TopFlags extends GatewayClientFlags {
  readonly at?: number;
  readonly by: TopOrder;
}

async function show(host: string, { at, by, ...flags }: TopFlags): Promise<void> {
  const ask = gatewayClientOf(flags);
  const query = new URLSearchParams({ host, ...(at === undefined ? {} : { at: String(at) }) });
  const answer = (await ask({ method: 'GET', path: `/api/v1/top?${query.toString()}` })) as TopAnswer;
  if (answer.record === undefined) throw new Error(whyNoRecord(answer));
  print(topTitle(host, answer.record, by));
  const { head, rows } = topRows(answer.record.processes, by);
  if (rows.length === 0 && by === 'io')
    return print('the exporter may not read the I/O of processes, or no process had any');
  printTable(head, rows);
}

function timeOf(text: string): number {
  const timeMs = parseTopTime(text, Date.now());
  if (timeMs !== undefined) return timeMs;
  throw new CommanderError(
    2,
    'time',
    `--at: expected a time of day such as 03:12, RFC 3339 or epoch milliseconds, got "${text}"`,
  );
}
