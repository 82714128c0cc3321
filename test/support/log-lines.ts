/** Creates a log whose lines a test reads. */
import { createLog, type Log } from '../../common/program/log.ts';

export interface LogLines {
  readonly log: Log;
  /** All lines so far, parsed. */
  lines(): readonly Record<string, unknown>[];
  /** Returns the messages of one level. */
  messages(level: string): readonly string[];
}

export function createLogLines(): LogLines {
  const written: string[] = [];
  const log = createLog({ level: 'debug', format: 'json', program: 'test', write: (line) => written.push(line) });
  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    log,
    lines,
    messages: (level) => lines().flatMap((line) => (line['level'] === level ? [String(line['msg'])] : [])),
  };
}
