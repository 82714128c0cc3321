/** Creates a log that records its lines. */
import { createLog, type Log } from '../../common/program/log.ts';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface RecordingLog extends Log {
  readonly lines: readonly LogLine[];
}

export function createRecordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  const write = (line: string): unknown => lines.push(JSON.parse(line) as LogLine);
  const log = createLog({ level: 'debug', format: 'json', program: 'test', write });
  return { ...log, lines };
}
