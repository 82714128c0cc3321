/** What every program of hostpulse is: a name, its settings, and a service made of its configuration. */

import type { Log } from './log.ts';
import type { Problem } from './settings/config.ts';
import type { ConfigOf, Settings } from './settings/settings.ts';

/** A running part. `start` throws a `StartError` for what an operator can mend; `stop` is idempotent, in reverse order of start. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** On SIGHUP. Keeps what runs when the new state is bad, and says so. */
  reload?(): Promise<void>;
}

export interface ProgramContext<Config = unknown> {
  readonly log: Log;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads the configuration again and checks it as at start (for SIGHUP); throws a `ConfigError`. */
  readonly readConfig?: () => Promise<Config>;
}

export interface Program<S extends Settings> {
  /** The subcommand; also the part of `HOSTPULSE_<NAME>_...` variables. */
  readonly name: string;
  readonly summary: string;
  readonly settings: S;
  /** Faults between settings, or that need a look at files; runs before anything starts and in `--check-config`. */
  check?(config: ConfigOf<S>): readonly Problem[] | Promise<readonly Problem[]>;
  create(config: ConfigOf<S>, context: ProgramContext<ConfigOf<S>>): Service | Promise<Service>;
  /** Milliseconds that `stop` may take before the rest is left behind; 20 s by default. */
  readonly stopLimitMs?: number;
  /** Actions that replace serving, such as the exporter's `--once`; by flag name. */
  readonly actions?: Readonly<Record<string, ProgramAction<S>>>;
}

export interface ProgramAction<S extends Settings> {
  readonly help: string;
  run(config: ConfigOf<S>, context: ProgramContext): Promise<void>;
}

/** What does one thing and ends by itself: configured as a program, with `run` in place of a service. */
export interface Command<S extends Settings> extends Pick<Program<S>, 'name' | 'summary' | 'settings' | 'check'> {
  run(config: ConfigOf<S>, context: ProgramContext): Promise<void>;
}

/** A start that cannot succeed until an operator changes something: one clear line, exit code 1. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
  }
}
