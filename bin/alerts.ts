/** `hostpulse alerts`: lists firing alerts and acknowledges them through the gateway's API. */
import { Command, InvalidArgumentError } from 'commander';
import {
  addGatewayClientFlags,
  explainClientError,
  type GatewayClientFlags,
  gatewayClientOf,
} from './cli/gateway-client.ts';
import { addExamples, subcommandsOf } from './cli/help/examples.ts';
import { print, printTable } from './cli/table.ts';

/** Sets the exit code: 0 for success, 1 if the gateway refused the call or failed, 2 for a usage error. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await createCommand().parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explainClientError('hostpulse alerts', thrown);
  }
}

export function createCommand(): Command {
  const command = new Command('hostpulse alerts').description('list and acknowledge firing alerts');
  addExamples(command, ['list', 'show firing alerts and who has them'], ['ack 7 --note "a backup runs"', 'take one']);
  const sub = subcommandsOf(command, addGatewayClientFlags);
  sub('list', 'list the firing alerts of the history, newest first', ['', 'alerts of the stack in ./data'])
    .option('--json', 'print JSON, as the API returns it')
    .action(list);
  sub(
    'ack',
    'acknowledge a firing alert: reminders and escalation stop, and its channels are notified',
    ['7 --note "a backup runs"', 'acknowledge the alert 7'],
    ['7 --name Ana', 'in the name of a person'],
  )
    .argument('<id>', 'id shown by "list", in links and on the page', parseId)
    .option('--name <name>', 'who has the alert [default: the name of the API key]')
    .option('--note <text>', 'a note for the other readers')
    .action(acknowledge);
  sub('unack', 'withdraw the acknowledgement of a firing alert: reminders continue', ['7', 'of the alert 7'])
    .argument('<id>', 'id shown by "list"', parseId)
    .option('--name <name>', 'who withdraws [default: the name of the API key]')
    .option('--note <text>', 'a note for the other readers')
    .action(withdraw);
  for (const each of [command, ...command.commands]) each.exitOverride().allowExcessArguments(false);
  return command;
}

function parseId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError(`expected the id of an alert, got "${text}".`);
  return Number(text);
}

interface Acknowledgement {
  readonly by: string;
  readonly note?: string;
  readonly at: string;
}

/** The members of an alert that are printed. */
interface ListedAlert {
  readonly id: number;
  readonly rule: string;
  readonly severity?: string;
  readonly host?: string;
  readonly starts_at: string;
  readonly acknowledgement?: Acknowledgement;
}

async function list({ json = false, ...flags }: GatewayClientFlags & { readonly json?: boolean }): Promise<void> {
  const ask = gatewayClientOf(flags);
  const found: ListedAlert[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const path = `/api/v1/alerts?state=firing&limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page = (await ask({ method: 'GET', path })) as { alerts: readonly ListedAlert[]; next_cursor?: string };
    found.push(...page.alerts);
    cursor = page.next_cursor;
  }
  if (json) return print(JSON.stringify(found, undefined, 2));
  const rows = found.map(({ id, rule, severity = '-', host = '-', starts_at, acknowledgement }) => [
    String(id),
    severity,
    rule,
    host,
    starts_at.slice(0, 19).replace('T', ' '),
    acknowledgement?.by ?? '-',
    acknowledgement?.note ?? '-',
  ]);
  printTable(['ID', 'SEVERITY', 'ALERT', 'HOST', 'SINCE (UTC)', 'ACKNOWLEDGED BY', 'NOTE'], rows);
}

interface AckFlags extends GatewayClientFlags {
  readonly name?: string;
  readonly note?: string;
}

async function acknowledge(id: number, { name, note, ...flags }: AckFlags): Promise<void> {
  const body = { ...(name === undefined ? {} : { name }), ...(note === undefined ? {} : { note }) };
  const path = `/api/v1/alerts/${id}/ack`;
  const { result, acknowledgement } = (await gatewayClientOf(flags)({ method: 'POST', path, body })) as {
    readonly result: 'acknowledged' | 'changed' | 'unchanged';
    readonly acknowledgement: Acknowledgement;
  };
  const words = {
    acknowledged: 'acknowledged',
    changed: 'acknowledgement changed',
    unchanged: 'already acknowledged',
  } as const;
  const { by, note: shown } = acknowledgement;
  print(`alert ${id}: ${words[result]}, ${by} has it${shown === undefined ? '' : `: ${shown}`}`);
}

async function withdraw(id: number, { name, note, ...flags }: AckFlags): Promise<void> {
  const query = new URLSearchParams({
    ...(name === undefined ? {} : { name }),
    ...(note === undefined ? {} : { note }),
  });
  const path = `/api/v1/alerts/${id}/ack${query.size === 0 ? '' : `?${query.toString()}`}`;
  const { result } = (await gatewayClientOf(flags)({ method: 'DELETE', path })) as { readonly result: string };
  print(`alert ${id}: ${result === 'withdrawn' ? 'acknowledgement withdrawn' : 'it was not acknowledged'}`);
}
