/** Logs: one JSON or logfmt line an event on stderr. The only place that writes to the console. */
import { pino } from 'pino';

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

export function createLog({ level, format, program, write = writeToStderr }: LogOptions): Log {
  const stream = { write: format === 'json' ? write : (line: string) => write(toLogfmt(line)) };
  const logger = pino(
    {
      level,
      base: { program },
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return wrap(logger, {});
}

/** What is used of pino's logger. */
type Pino = Record<LogLevel, (fields: LogFields, message: string) => void>;

function wrap(logger: Pino, bound: LogFields): Log {
  const line = (level: LogLevel) => (message: string, fields?: LogFields) =>
    logger[level]({ ...bound, ...describe(fields) }, message);
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: (fields) => wrap(logger, { ...bound, ...describe(fields) }),
  };
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

function toLogfmt(line: string): string {
  const fields = JSON.parse(line) as Record<string, unknown>;
  return `${Object.entries(fields)
    .map(([key, value]) => `${key}=${logfmtValue(value)}`)
    .join(' ')}\n`;
}

function logfmtValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s="]+$/.test(text) ? text : JSON.stringify(text);
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}
