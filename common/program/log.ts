/**
 * Logs: one JSON or logfmt line an event on stderr. The only place that writes to the console.
 * Written by hand: a logging library takes 1.3 MiB of the exporter's 60 (docs/decisions/exporter-hot-path.md).
 */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'logfmt' | 'json';

export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
export const logFormats: readonly LogFormat[] = ['logfmt', 'json'];

/** What an event concerns; values are rendered as they are, so no secret may be passed unless it is a `Secret`. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether lines of that level are written: for whoever makes many of them. */
  shows(level: LogLevel): boolean;
  /** The same log with fields added to every line. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly program: string;
  /** Where a finished line goes, LF included; stderr when absent. */
  readonly write?: (line: string) => void;
}

export function createLog({ level, format, program, write = stderrWriter() }: LogOptions): Log {
  const shown = logLevels.slice(logLevels.indexOf(level));
  const render = format === 'json' ? renderJson : renderLogfmt;
  const withFields = (bound: LogFields): Log => {
    const line = (own: LogLevel) => (message: string, fields?: LogFields) => {
      if (!shown.includes(own)) return;
      const ts = new Date().toISOString();
      write(`${render({ level: own, ts, program, ...bound, ...describe(fields), msg: message })}\n`);
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

/** Errors become their messages, causes included: a stack is for a debugger, a line for an operator. */
function describe(fields: LogFields = {}): LogFields {
  const entries = Object.entries(fields).map(([key, value]) => [key, Error.isError(value) ? messageOf(value) : value]);
  return Object.fromEntries(entries);
}

/** The message of whatever was thrown, with its causes: `reading web.yml: no such file`. */
export function messageOf(thrown: unknown): string {
  if (!Error.isError(thrown)) return String(thrown);
  const own = thrown.message === '' ? thrown.name : thrown.message;
  return thrown.cause === undefined ? own : `${own}: ${messageOf(thrown.cause)}`;
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
  return /^[^\s="]+$/.test(text) ? text : JSON.stringify(text);
}

/** JSON of whatever may be handed to a log: a line that cannot be written must not become the fault. */
function toJson(value: unknown): string | undefined {
  const seen: object[] = [];
  return JSON.stringify(value, function (this: unknown, _, inner: unknown) {
    if (typeof inner === 'bigint') return String(inner);
    if (Error.isError(inner)) return messageOf(inner);
    if (typeof inner !== 'object' || inner === null) return inner;
    // What stands between the root and `this` are the ancestors; anything else seen was a sibling's.
    seen.length = seen.indexOf(this as object) + 1;
    if (seen.includes(inner)) return '[circular]';
    seen.push(inner);
    return inner;
  }) as string | undefined;
}

/** One listener a process, however many logs it makes; known by its name, as a test runner loads this file many times. */
function stderrWriter(): (line: string) => void {
  const { stderr } = process;
  if (!stderr.listeners('error').some(({ name }) => name === outliveReader.name)) stderr.on('error', outliveReader);
  return (line) => stderr.write(line);
}

/**
 * A reader of the log that goes away must not take the program with it. Unhandled, the broken pipe would be a fault to
 * log, which breaks the pipe again, for ever.
 */
function outliveReader(): void {
  // There is nowhere left to say it.
}
