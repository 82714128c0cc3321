/** Runs a program from command line to exit code. No other file ends the process. */
import { createLog, logFormats, logLevels, messageOf } from '../../common/program/log.ts';
import { readVersion } from '../../common/program/package.ts';
import {
  type Command,
  type Program,
  type ProgramContext,
  type Service,
  StartError,
} from '../../common/program/program.ts';
import { ConfigError, type ConfigLayers, loadConfig, printableConfig } from '../../common/program/settings/config.ts';
import { oneOf } from '../../common/program/settings/setting-type.ts';
import { type ConfigOf, type Settings, setting } from '../../common/program/settings/settings.ts';
import { type CommandLineSpec, type Flags, parseCommandLine, UsageError } from './command-line.ts';
import type { ServiceManager } from './service-manager.ts';

export const logSettings = {
  logLevel: setting({ path: 'log.level', help: 'lowest level to log', type: oneOf(logLevels), default: 'info' }),
  logFormat: setting({ path: 'log.format', help: 'format of log lines', type: oneOf(logFormats), default: 'logfmt' }),
} satisfies Settings;

const defaultStopLimitMs = 20_000;

/**
 * Ends the process with 0 (stopped or printed), 1 (did not start, or failed) or 2 (invalid usage or configuration). `command`
 * is the command as the user types it.
 */
export async function runProgram<S extends Settings>(
  program: Program<S> | Command<S>,
  argv: readonly string[],
  command = `hostpulse ${program.name}`,
): Promise<void> {
  process.exitCode = await exitCodeOf(program, argv, command);
  process.exit();
}

/** Returns the flags of a program, for the parser, shell completion and the manual page. */
export function commandLineOf<S extends Settings>(program: Program<S> | Command<S>, command: string): CommandLineSpec {
  return {
    program: program.name,
    command,
    summary: program.summary,
    version: readVersion(),
    settings: { ...program.settings, ...logSettings },
    actions: Object.fromEntries(Object.entries(actionsOf(program)).map(([flag, { help }]) => [flag, help])),
    examples: program.examples,
  };
}

function actionsOf<S extends Settings>(program: Program<S> | Command<S>): NonNullable<Program<S>['actions']> {
  return 'actions' in program ? (program.actions ?? {}) : {};
}

async function exitCodeOf<S extends Settings>(
  program: Program<S> | Command<S>,
  argv: readonly string[],
  command: string,
): Promise<number> {
  const version = readVersion();
  const settings = { ...program.settings, ...logSettings };
  const actions = actionsOf(program);
  try {
    const flags = parseCommandLine(commandLineOf(program, command), argv);
    const readConfig = async () => {
      const loaded = loadConfig(settings, await layersOf(program.name, flags));
      const found = (await program.check?.(loaded as unknown as ConfigOf<S>)) ?? [];
      if (found.length > 0) throw new ConfigError(found);
      return loaded;
    };
    const config = await readConfig();
    const own = config as unknown as ConfigOf<S>;
    const { logLevel: level, logFormat: format } = config as unknown as ConfigOf<typeof logSettings>;
    if (flags['print-config'] === true) return await printConfig(printableConfig(settings, config));
    if (flags['check-config'] === true) return print(`${program.name}: the configuration is valid`);
    const log = createLog({ level, format, program: program.name });
    const context: ProgramContext<ConfigOf<S>> = {
      log,
      version,
      environment: process.env,
      readConfig: async () => (await readConfig()) as unknown as ConfigOf<S>,
    };
    if ('run' in program) {
      await program.run(own, context);
      return 0;
    }
    const action = Object.keys(actions).find((flag) => flags[flag] === true);
    if (action !== undefined) {
      await actions[action]?.run(own, context);
      return 0;
    }
    return await serve(() => program.create(own, context), {
      ...context,
      stopLimitMs: program.stopLimitMs ?? defaultStopLimitMs,
    });
  } catch (thrown) {
    return explain(command, thrown);
  }
}

async function layersOf(program: string, flags: Flags): Promise<ConfigLayers> {
  const environment = process.env;
  const file = flags['config.file'];
  if (typeof file !== 'string') return { program, flags, environment };
  const { readConfigFile } = await import('../../common/program/settings/config-file.ts');
  return { program, flags, environment, file: readConfigFile(file, environment) };
}

interface ServeContext extends ProgramContext<unknown> {
  readonly stopLimitMs: number;
}

/** Runs the service until a signal arrives, or until stdin ends when the supervisor of `up` requests that. */
async function serve(
  create: () => Service | Promise<Service>,
  { log, environment, stopLimitMs }: ServeContext,
): Promise<number> {
  const asked = Promise.withResolvers<number>();
  let isAsked = false;
  const onSignal = (signal: string): void => {
    if (isAsked) return; // npm sends a terminal's Ctrl-C a second time
    isAsked = true;
    log.info('stopping', { signal });
    asked.resolve(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, onSignal);
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (thrown: unknown) => {
      log.error('a fault that nothing handled; stopping', { error: thrown });
      asked.resolve(1);
    });
  }
  if (environment['HOSTPULSE_STOP_WITH_STDIN'] === '1') {
    process.stdin
      .on('end', () => onSignal('end of stdin'))
      .on('error', () => onSignal('end of stdin'))
      .resume();
  }
  const service = await create();
  const serviceManager = await findServiceManager(environment, log);
  if (service.reload !== undefined) {
    process.on('SIGHUP', () => {
      service
        .reload?.()
        .catch((error: unknown) => log.error('reload failed; the previous configuration stays in force', { error }));
    });
  }
  const stop = (): Promise<boolean> => {
    serviceManager?.stop();
    return tryStop(service, { stopLimitMs, log });
  };
  try {
    await Promise.race([service.start().then(() => serviceManager?.ready()), asked.promise]);
  } catch (error) {
    await stop();
    throw error;
  }
  const exitCode = await asked.promise;
  const hasStopped = await stop();
  log.info('stopped');
  return hasStopped ? exitCode : 1;
}

/** Loaded only under systemd. Removes NOTIFY_SOCKET from the environment: child processes must not notify for this process. */
async function findServiceManager(
  environment: ServeContext['environment'],
  log: ServeContext['log'],
): Promise<ServiceManager | undefined> {
  if (environment['NOTIFY_SOCKET'] === undefined) return undefined;
  const { tryCreateServiceManager } = await import('./service-manager.ts');
  const found = tryCreateServiceManager({ environment: { ...environment }, log });
  delete process.env['NOTIFY_SOCKET'];
  return found;
}

/** Returns false when the stop failed, which is logged. After `stopLimitMs` the service is abandoned. */
async function tryStop(
  service: Service,
  { stopLimitMs, log }: { readonly stopLimitMs: number; readonly log: ServeContext['log'] },
): Promise<boolean> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), stopLimitMs);
  try {
    if ((await Promise.race([service.stop(), late.promise])) === 'late')
      log.error('the program did not stop in time; unfinished work is abandoned', { limit_ms: stopLimitMs });
    return true;
  } catch (error) {
    log.error('the program did not stop cleanly', { error });
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Prints why the program ends and returns the exit code. */
function explain(command: string, thrown: unknown): number {
  if (thrown instanceof UsageError) return thrown.exitCode;
  if (thrown instanceof ConfigError) {
    const lines = thrown.message.split('\n').map((line) => `  ${line}\n`);
    process.stderr.write(`${command}: the configuration is not valid:\n${lines.join('')}`);
    return 2;
  }
  const detail =
    thrown instanceof StartError
      ? messageOf(thrown)
      : Error.isError(thrown)
        ? (thrown.stack ?? messageOf(thrown))
        : String(thrown);
  process.stderr.write(`${command}: ${detail}\n`);
  return 1;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

async function printConfig(tree: Record<string, unknown>): Promise<number> {
  const { stringify } = await import('yaml');
  return print(stringify(tree).trimEnd());
}
