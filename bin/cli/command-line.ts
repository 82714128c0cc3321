/** Parses a program's command line. Flags are derived from the settings, with names in the style of Prometheus. */
import { Command, CommanderError, Option } from 'commander';
import type { Example } from '../../common/program/program.ts';
import { environmentName, type Setting, type Settings } from '../../common/program/settings/settings.ts';
import { addExamples } from './help/examples.ts';

/** Raw values by flag name without dashes; only flags that were given. */
export type Flags = Readonly<Record<string, unknown>>;

export interface CommandLineSpec {
  readonly program: string;
  /** The command as the user types it, such as `hostpulse exporter`. */
  readonly command: string;
  readonly summary: string;
  readonly version: string;
  readonly settings: Settings;
  /** Help by flag name of the switches that run an action instead of the service. */
  readonly actions: Readonly<Record<string, string>>;
  readonly examples?: readonly Example[] | undefined;
}

/** An invalid command line (exit code 2), or `--help` and `--version` (0). commander has printed the message. */
export class UsageError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, options: ErrorOptions) {
    super('usage', options);
    this.name = 'UsageError';
    this.exitCode = exitCode;
  }
}

/** Returns the command with every flag of the program. Does not parse yet. */
export function createCommand(spec: CommandLineSpec): Command {
  const version = `${spec.command.split(' ')[0]} ${spec.version} (node ${process.versions.node})`;
  const command = new Command(spec.command)
    .description(spec.summary)
    .exitOverride()
    .configureOutput({ outputError: (message, write) => write(withoutValues(message)) })
    .allowExcessArguments(false)
    .version(version, '--version', 'print the version and exit')
    .helpOption('-h, --help', 'print this help and exit');
  command.option('--config.file <path>', 'YAML file with the settings below by their paths');
  command.option('--check-config', 'check the configuration, print every problem, and exit');
  command.option('--print-config', 'print the effective configuration as YAML, secrets masked, and exit');
  for (const [flag, help] of Object.entries(spec.actions)) command.option(`--${flag}`, help);
  const listed = Object.values(spec.settings);
  for (const each of listed) addSetting(command, spec.program, each);
  return addExamples(command, ...(spec.examples ?? []));
}

/** Parses the arguments after the subcommand. Throws a `UsageError` for an unknown flag or a missing value. */
export function parseCommandLine(spec: CommandLineSpec, argv: readonly string[]): Flags {
  const command = createCommand(spec);
  try {
    command.parse([...argv], { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    throw new UsageError(cause.exitCode === 0 ? 0 : 2, { cause });
  }
  // Flags of node_exporter may have capitals: --collector.bcache.priorityStats.
  const spellings = new Map(Object.values(spec.settings).map(({ flag }) => [camel(flag ?? ''), flag ?? '']));
  return Object.fromEntries(
    Object.entries(command.opts() as Record<string, unknown>).map(([key, value]) => [
      spellings.get(key) ?? kebab(key),
      value,
    ]),
  );
}

/** A flag that does not exist may carry a secret: secrets are given by files. */
function withoutValues(message: string): string {
  return message.replaceAll(/'(--?[^'=]+)=[^']*'/g, "'$1'");
}

function addSetting(command: Command, program: string, each: Setting<unknown>): void {
  if (each.flag === null) return;
  const help = `${each.help} (env ${environmentName(program, each.path)})${renderDefault(each)}`;
  const add = (option: Option): unknown => command.addOption(each.isHidden ? option.hideHelp() : option);
  if (each.isSecret) {
    add(new Option(`--${each.flag}-file <path>`, `file that holds the secret: ${help}`));
  } else if (each.isSwitch) {
    add(new Option(`--${each.flag}`, help));
    command.addOption(new Option(`--no-${each.flag}`).hideHelp());
    command.setOptionValue(camel(each.flag), undefined);
  } else {
    const value = each.bare === undefined ? `<${each.placeholder}>` : `[${each.placeholder}]`;
    const option = new Option(`--${each.flag} ${value}`, help);
    if (each.bare !== undefined) option.preset(each.bare);
    if (each.isList)
      option.argParser((value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value]);
    add(option);
  }
}

function renderDefault(each: Setting<unknown>): string {
  if (each.defaultValue === undefined) return '';
  const printed = each.print(each.defaultValue);
  return ` [default: ${Array.isArray(printed) ? printed.join(', ') : String(printed)}]`;
}

/** commander stores `--web.listen-address` as `web.listenAddress`. */
function camel(flag: string): string {
  return flag.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
