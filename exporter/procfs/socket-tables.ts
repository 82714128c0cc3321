/**
 * Sums the kernel's socket tables (/proc/net/tcp, udp), which have one line per socket: half a million on a busy host.
 * A read holds one chunk in memory and has a work budget (work-budget.ts).
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { isMissing, quote } from './host-file.ts';
import { createWorkBudget, OverBudgetError } from './work-budget.ts';

export interface SocketSums {
  readonly sockets: number;
  readonly txQueuedBytes: number;
  readonly rxQueuedBytes: number;
  /** Number of sockets by the state's number in the file. */
  readonly byState: ReadonlyMap<number, number>;
}

export interface SocketTablesOptions {
  readonly now: () => number;
  /** CPU time in milliseconds for all tables. Absent: the default of the work budget, which suffices for about 300,000 sockets. */
  readonly limitMs?: number | undefined;
}

const chunkBytes = 16 * 1024;

/** Sums of a table; undefined when the host does not have the table, an error when the table cannot be read or parsed. */
export type SocketTable = SocketSums | Error | undefined;

/** Returns a function that reads the sums of each table. */
export function createSocketTables(
  paths: readonly string[],
  { now, limitMs }: SocketTablesOptions,
): (signal: AbortSignal) => Promise<SocketTable[]> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const budget = createWorkBudget({ subject: 'socket tables', limitMs, now });
  return (signal) =>
    budget.run(signal, async (pause) => {
      const tables: SocketTable[] = [];
      for (const path of paths) tables.push(await readTable(path, buffer, pause));
      return tables;
    });
}

async function readTable(path: string, buffer: Buffer, pause: () => Promise<void> | undefined): Promise<SocketTable> {
  const file = tryOpen(path);
  if (file === undefined || Error.isError(file)) return file;
  try {
    const reader = createSocketReader(path);
    for (;;) {
      const length = readSync(file, buffer, 0, chunkBytes, null);
      if (length === 0) return reader.end();
      reader.add(buffer.toString('latin1', 0, length));
      await pause();
    }
  } catch (thrown) {
    if (thrown instanceof OverBudgetError || !Error.isError(thrown)) throw thrown;
    return thrown;
  } finally {
    closeSync(file);
  }
}

function tryOpen(path: string): number | Error | undefined {
  try {
    return openSync(path, 'r');
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    if (Error.isError(thrown)) return thrown;
    throw thrown;
  }
}

export interface SocketReader {
  /** Adds the next part of the table, which may end within a line. */
  add(text: string): void;
  /** Returns the sums of the whole table. The last line needs no LF. */
  end(): SocketSums;
}

/** `0: 0100007F:0277 00000000:0000 0A 00000000:00000000 ...`: addresses, state, bytes in the send and receive queues. */
const row =
  /^ *\d+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) ([0-9A-F]{8,16}):([0-9A-F]{8,16}) .* \d+ /;

/** Parses a table in parts. Source: https://docs.kernel.org/networking/proc_net_tcp.html */
export function createSocketReader(where: string): SocketReader {
  const byState = new Map<number, number>();
  let rest = '';
  let hasHeadings = false;
  let [sockets, txQueuedBytes, rxQueuedBytes] = [0, 0, 0];

  function addLine(line: string): void {
    const [, state, tx, rx] = row.exec(line) ?? [];
    if (state === undefined) throw new Error(`${where}: expected a socket, got ${quote(line)}`);
    const number = Number.parseInt(state, 16);
    byState.set(number, (byState.get(number) ?? 0) + 1);
    sockets += 1;
    txQueuedBytes += Number(`0x${tx}`);
    rxQueuedBytes += Number(`0x${rx}`);
  }

  function take(line: string): void {
    if (hasHeadings) addLine(line);
    else if (line.trimStart().startsWith('sl ')) hasHeadings = true;
    else throw new Error(`${where}: expected headings, got ${quote(line)}`);
  }

  return {
    add(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    },
    end() {
      if (rest !== '') take(rest);
      if (!hasHeadings) throw new Error(`${where}: expected headings, got nothing`);
      return { sockets, txQueuedBytes, rxQueuedBytes, byState };
    },
  };
}
