/**
 * Logs one JSON or logfmt line per event on stderr. No other file writes to the console.
 *
 * Errors in fields are rendered as their messages, causes included. The field `<key>.stack` follows the message with name,
 * message and stack of the error and of every cause. Expected faults, which are logged at `warn` and `info`, have no stack
 * unless the log level is `debug`.
 *
 * Written by hand: a logging library takes 1.3 MiB of the exporter's 60 (docs/decisions/exporter-hot-path.md).
 */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'logfmt' | 'json';

export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
export const logFormats: readonly LogFormat[] = ['logfmt', 'json'];

/** Values are written as they are: pass secrets as `Secret`, which is masked. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Returns whether lines of that level are written; spares building fields that are costly. */
  shows(level: LogLevel): boolean;
  /** Returns the same log with fields added to every line. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly program: string;
  /** Receives each line, LF included; stderr when absent. */
  readonly write?: (line: string) => void;
}

export function createLog({ level, format, program, write = stderrWriter() }: LogOptions): Log {
  const shown = logLevels.slice(logLevels.indexOf(level));
  const render = format === 'json' ? renderJson : renderLogfmt;
  const separator = format === 'json' ? '\n' : '; ';
  const withFields = (bound: LogFields): Log => {
    const line = (own: LogLevel) => (message: string, fields?: LogFields) => {
      if (!shown.includes(own)) return;
      const ts = new Date().toISOString();
      const stacks = own === 'error' || level === 'debug' ? stacksOf(fields, separator) : {};
      const shownFields = { level: own, ts, program, ...bound, ...describe(fields), msg: message, ...stacks };
      write(`${escapeControls(render(shownFields))}\n`);
    };
    return {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      shows: (own) => shown.includes(own),
      with: (fields) => withFields({ ...bound, ...describe(fields) }),
    };
  };
  return withFields({});
}

/** Control characters and line separators, which a terminal or a reader of lines would interpret. */
const controls = /[\p{Cc}\u2028\u2029]/gu;

function escapeControls(line: string): string {
  return line.replaceAll(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function describe(fields: LogFields = {}): LogFields {
  const entries = Object.entries(fields).map(([key, value]) => [key, Error.isError(value) ? messageOf(value) : value]);
  return Object.fromEntries(entries);
}

function stacksOf(fields: LogFields = {}, separator: string): LogFields {
  const entries = Object.entries(fields).flatMap(([key, value]) =>
    Error.isError(value) ? [[`${key}.stack`, renderStack(value).replaceAll(/\n\s*/g, separator)]] : [],
  );
  return Object.fromEntries(entries) as LogFields;
}

/** Renders name, message and stack of an error and of its causes. A chain that leads back to itself ends there. */
function renderStack(error: Error): string {
  return chainOf(error)
    .map((link) => (Error.isError(link) ? (link.stack ?? `${link.name}: ${link.message}`) : String(link)))
    .join('\ncaused by: ');
}

/** Returns the messages of a thrown value and of its causes: `reading web.yml: no such file`. */
export function messageOf(thrown: unknown): string {
  return chainOf(thrown)
    .map((link) => (Error.isError(link) ? link.message || link.name : String(link)))
    .join(': ');
}

function chainOf(thrown: unknown): readonly unknown[] {
  const chain = new Set([thrown]);
  for (const link of chain) if (Error.isError(link) && link.cause !== undefined) chain.add(link.cause);
  return [...chain];
}

function renderJson(fields: LogFields): string {
  return toJson(fields) ?? '{}';
}

function renderLogfmt(fields: LogFields): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  return shown.map(([key, value]) => `${key}=${logfmtValue(value)}`).join(' ');
}

function logfmtValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (toJson(value) ?? String(value));
  return /^[^\s="\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text);
}

/** Like `JSON.stringify`, but renders bigints, errors and circular references, which must not make logging fail. */
function toJson(value: unknown): string | undefined {
  const seen: object[] = [];
  return JSON.stringify(value, function (this: unknown, _, inner: unknown) {
    if (typeof inner === 'bigint') return String(inner);
    if (Error.isError(inner)) return messageOf(inner);
    if (typeof inner !== 'object' || inner === null) return inner;
    // Keeps the ancestors of `inner`: the objects from the root to `this`. Other objects seen before are no ancestors.
    seen.length = seen.indexOf(this as object) + 1;
    if (seen.includes(inner)) return '[circular]';
    seen.push(inner);
    return inner;
  }) as string | undefined;
}

/** Adds one listener to stderr per process, however many logs exist. Found by name, as a test runner loads this file many times. */
function stderrWriter(): (line: string) => void {
  const { stderr } = process;
  if (!stderr.listeners('error').some(({ name }) => name === ignoreBrokenPipe.name))
    stderr.on('error', ignoreBrokenPipe);
  return (line) => stderr.write(line);
}

/**
 * Keeps the program running when the reader of its log goes away. As an unhandled error, the broken pipe would be logged
 * to the broken pipe, without end.
 */
function ignoreBrokenPipe(): void {
  // There is no other place to report it.
}
