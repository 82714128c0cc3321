/** The contract of hostpulse's programs: a name, settings, and a service created from the configuration. */
import type { Log } from './log.ts';
import type { Problem } from './settings/config.ts';
import type { ConfigOf, Settings } from './settings/settings.ts';

/** `start` throws a `StartError` for a fault that an operator can repair. `stop` is idempotent and stops in reverse order of start. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Called on SIGHUP. Rejects, and keeps the running configuration, when the new configuration is invalid. */
  reload?(): Promise<void>;
}

export interface ProgramContext<Config = unknown> {
  readonly log: Log;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads and checks the configuration again, for SIGHUP. Throws a `ConfigError`. */
  readonly readConfig?: () => Promise<Config>;
}

/** Arguments of a command, and what they do: `['--once', 'print one scrape']`. */
export type Example = readonly [text: string, purpose: string];

export interface Program<S extends Settings> {
  /** The subcommand, and the name in environment variables: `HOSTPULSE_<NAME>_...`. */
  readonly name: string;
  readonly summary: string;
  readonly settings: S;
  /** Shown in the help. */
  readonly examples?: readonly Example[];
  /** Returns faults between settings and faults in the files they name. Runs before the start and in `--check-config`. */
  check?(config: ConfigOf<S>): readonly Problem[] | Promise<readonly Problem[]>;
  create(config: ConfigOf<S>, context: ProgramContext<ConfigOf<S>>): Service | Promise<Service>;
  /** After this time the process exits although `stop` has not ended; 20 s by default. */
  readonly stopLimitMs?: number;
  /** Actions that run instead of the service, by flag name, such as the exporter's `--once`. */
  readonly actions?: Readonly<Record<string, ProgramAction<S>>>;
}

export interface ProgramAction<S extends Settings> {
  readonly help: string;
  run(config: ConfigOf<S>, context: ProgramContext): Promise<void>;
}

/** A program that ends by itself. */
export interface Command<S extends Settings>
  extends Pick<Program<S>, 'name' | 'summary' | 'settings' | 'examples' | 'check'> {
  run(config: ConfigOf<S>, context: ProgramContext): Promise<void>;
}

/** The start fails until an operator repairs the cause. The message is printed without a stack; exit code 1. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
  }
}
