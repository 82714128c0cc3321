/** `hostpulse rules`: manages custom alert rules through the gateway's API. */
import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import type { RuleDefinition } from '../../ingest-gateway/rules/rule/schema.ts';
import {
  addGatewayClientFlags,
  explainClientError,
  type GatewayClientFlags,
  gatewayClientOf,
  RefusalError,
  UsageFault,
} from '../cli/gateway-client.ts';
import { addExamples, subcommandsOf } from '../cli/help/examples.ts';
import { print, printTable } from '../cli/table.ts';
import { createRulesClient, type ListedRule, type RulesClient } from './rules-client.ts';
import { type FileRule, readRuleFiles } from './rules-file.ts';
import { addGenerateCommand } from './rules-generate.ts';

/** Sets the exit code: 0 for success, 1 if a rule was refused or the gateway failed, 2 for a usage error or an invalid file. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await createCommand().parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explainClientError('hostpulse rules', thrown);
  }
}

export function createCommand(): Command {
  const command = new Command('hostpulse rules').description(
    'manage custom alert rules, generate rules for an existing Prometheus',
  );
  addExamples(
    command,
    ['test -f rules.yml', 'see how often rules would have fired'],
    ['apply -f rules.yml --prune', 'make the rules of the gateway those of the file'],
  );
  const sub = subcommandsOf(command, addGatewayClientFlags);
  const withFiles = (each: Command): Command =>
    each.requiredOption(
      '-f, --file <path>',
      'YAML file with a rule or a list of rules; - is stdin; repeatable',
      collect,
    );
  sub('list', 'list the rules with their state', ['', 'rules of the stack in ./data'], ['--json', 'print them as JSON'])
    .option('--json', 'print JSON, as the API returns it')
    .action(list);
  withFiles(
    sub(
      'apply',
      'create or update the rules in the files, by name',
      ['-f web.yml -f db.yml', 'apply two files'],
      ['-f - < rules.yml', 'apply standard input'],
    ),
  )
    .option('--prune', 'delete rules that are not in the files, after all others are applied')
    .action(apply);
  withFiles(
    sub('test', 'check the rules in the files and print how often they would have fired in the last 24 h', [
      '-f rules.yml',
      'check rules before they are applied',
    ]),
  ).action(tryOut);
  sub('delete <name...>', 'delete the rules with these names', ['QueueLong DiskSlow', 'delete two rules']).action(
    remove,
  );
  addGenerateCommand(command);
  for (const each of [command, ...command.commands]) each.exitOverride().allowExcessArguments(false);
  return command;
}

interface FileFlags extends GatewayClientFlags {
  readonly file: readonly string[];
}

async function list({ json = false, ...flags }: GatewayClientFlags & { readonly json?: boolean }): Promise<void> {
  const {
    rules,
    set_aside: setAside = [],
    out_of_sync: outOfSync,
  } = await createRulesClient(gatewayClientOf(flags)).listAll();
  if (json) return print(JSON.stringify(rules, undefined, 2));
  const rows = rules.map((rule) => [rule.name, stateOf(rule), rule.severity, rule.id, oneLine(rule.expression)]);
  printTable(['NAME', 'STATE', 'SEVERITY', 'ID', 'CONDITION'], rows);
  for (const { file, fault = 'no fault found' } of setAside)
    process.stderr.write(
      `custom-rules/${file}: ${fault}; Prometheus does not load it: fix the file, rename it back, reload or restart Prometheus\n`,
    );
  if (outOfSync !== undefined)
    process.stderr.write(
      `Prometheus may not have these rules since ${outOfSync.since}: ${outOfSync.reason}; the gateway retries\n`,
    );
}

function stateOf({ enabled, status }: ListedRule): string {
  if (!enabled) return 'disabled';
  if (status === undefined) return 'unknown';
  return status.health === 'err' ? `error: ${status.last_error}` : status.state;
}

function oneLine(text: string): string {
  const plain = text.replaceAll(/\s+/g, ' ');
  return plain.length > 100 ? `${plain.slice(0, 97)}...` : plain;
}

async function apply({ file, prune = false, ...flags }: FileFlags & { readonly prune?: boolean }): Promise<void> {
  const rules = readRuleFiles(file);
  if (prune && rules.length === 0)
    throw new UsageFault('--prune: the files have no rule, so every rule would be deleted');
  const client = createRulesClient(gatewayClientOf(flags));
  const known = new Map((await client.list()).map((rule) => [rule.name, rule]));
  await forEach(rules, async (each) => print(await applyRule(client, each, known.get(each.rule.name))));
  if (!prune) return;
  const applied = new Set(rules.map(({ rule }) => rule.name));
  for (const { id, name, revision } of known.values()) {
    if (applied.has(name)) continue;
    await client.ask({ method: 'DELETE', path: `/${id}`, revision });
    print(`${name}: deleted`);
  }
}

async function applyRule(
  client: RulesClient,
  { rule, body }: FileRule,
  known: ListedRule | undefined,
): Promise<string> {
  if (known === undefined) {
    await client.ask({ method: 'POST', path: '', body });
    return `${rule.name}: created`;
  }
  if (isSame(rule, known)) return `${rule.name}: unchanged`;
  await client.ask({ method: 'PUT', path: `/${known.id}`, body, revision: known.revision });
  return `${rule.name}: updated`;
}

function isSame(rule: RuleDefinition, known: ListedRule): boolean {
  const members = known as unknown as Readonly<Record<string, unknown>>;
  const names = ['metric', 'expr', 'operator', 'threshold', ...Object.keys(rule)];
  return names.every((name) => isDeepStrictEqual(members[name], (rule as Readonly<Record<string, unknown>>)[name]));
}

interface Tried {
  readonly start: string;
  readonly fired: number;
  readonly hosts: readonly string[];
  readonly data: readonly { readonly selector: string; readonly from?: string }[];
}

async function tryOut({ file, ...flags }: FileFlags): Promise<void> {
  const rules = readRuleFiles(file);
  const client = createRulesClient(gatewayClientOf(flags));
  const known = new Map((await client.list()).map((rule) => [rule.name, rule]));
  await forEach(rules, async ({ rule, body }) => {
    const id = known.get(rule.name)?.id;
    const asked =
      id === undefined ? ({ method: 'POST', path: '' } as const) : ({ method: 'PUT', path: `/${id}` } as const);
    const tried = (await client.ask({ ...asked, path: `${asked.path}?dry_run=true`, body })) as Tried;
    print([`${rule.name}: ${renderTried(tried)}`, ...renderData(tried)].join('; '));
  });
}

function renderTried({ fired, hosts }: Tried): string {
  if (fired === 0) return 'would not have fired in the last 24 h';
  const times = fired === 1 ? 'once' : `${fired} times`;
  const where =
    hosts.length === 0
      ? ''
      : ` on ${hosts.slice(0, 20).join(', ')}${hosts.length > 20 ? `, and ${hosts.length - 20} more` : ''}`;
  return `would have fired ${times} in the last 24 h${where}`;
}

/** Returns notes about selectors without series, and about selectors whose data start within the range. */
function renderData({ start, data }: Tried): readonly string[] {
  const without = data.filter(({ from }) => from === undefined).map(({ selector }) => selector);
  const times = Map.groupBy(data, ({ from }) => from);
  const late = [...times].filter(([from]) => from !== undefined && from > start);
  return [
    ...(without.length === 0 ? [] : [`no series matches ${without.join(', ')}`]),
    ...late.map(([from, those]) => {
      const selectors = times.size === 1 ? '' : ` of ${those.map(({ selector }) => selector).join(', ')}`;
      return `data${selectors} start at ${from}`;
    }),
  ];
}

async function remove(names: readonly string[], flags: GatewayClientFlags): Promise<void> {
  const client = createRulesClient(gatewayClientOf(flags));
  const known = new Map((await client.list()).map((rule) => [rule.name, rule]));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) throw new Error(`there is no rule ${missing.join(', ')} (hostpulse rules list)`);
  for (const name of names) {
    await client.ask({ method: 'DELETE', path: `/${known.get(name)?.id}` });
    print(`${name}: deleted`);
  }
}

/** Continues after a refusal. Prints each refusal with its place, and throws at the end if there was one. */
async function forEach(rules: readonly FileRule[], act: (rule: FileRule) => Promise<void>): Promise<void> {
  let refused = 0;
  for (const each of rules) {
    try {
      await act(each);
    } catch (thrown) {
      if (!(thrown instanceof RefusalError)) throw thrown;
      refused += 1;
      for (const line of explainRefusal(thrown, each)) process.stderr.write(`${line}\n`);
    }
  }
  if (refused > 0) throw new Error(`${refused} of ${rules.length} rules were refused`);
}

function explainRefusal({ refusal }: RefusalError, { rule, placeOf }: FileRule): readonly string[] {
  const { title, errors } = refusal;
  if (errors.length === 0) return [`${placeOf('name').replace(/: name$/, '')}: ${rule.name}: ${title}`];
  return errors.map(({ path, message, line, column }) => {
    const within = line === undefined ? '' : ` (line ${line}, column ${column})`;
    return `${placeOf(path)}${within}: ${rule.name}: ${message === title ? title : `${title}: ${message}`}`;
  });
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
