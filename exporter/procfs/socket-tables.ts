/**
 * The kernel's tables of sockets (/proc/net/tcp, udp): a line a socket, half a million of them on a busy host.
 * A reading is bounded: one chunk in memory, the event loop free every few milliseconds, and given up after a time limit;
 * after that the tables are left alone for a while, so that a host with too many sockets pays a small part of one CPU.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { createBudget } from './work-budget.ts';
import { isMissing } from './host-file.ts';
import { quote } from './parse.ts';

export interface SocketSums {
  readonly sockets: number;
  readonly txQueuedBytes: number;
  readonly rxQueuedBytes: number;
  /** Sockets by the file's number for the state. */
  readonly byState: ReadonlyMap<number, number>;
}

export interface SocketTablesOptions {
  readonly now: () => number;
  /** What one reading of all tables may take; absent means half a second, which is some 300,000 sockets. */
  readonly limitMs?: number;
}

const defaultLimitMs = 500;
const chunkBytes = 16 * 1024;

/** A function that answers the sums of each table, or undefined for a table that the host does not have. */
export function createSocketTables(
  paths: readonly string[],
  { now, limitMs = defaultLimitMs }: SocketTablesOptions,
): (signal: AbortSignal) => Promise<(SocketSums | undefined)[]> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const budget = createBudget({ what: 'the socket tables', limitMs, now });
  return (signal) =>
    budget.spend(signal, async (pause) => {
      const tables: (SocketSums | undefined)[] = [];
      for (const path of paths) tables.push(await readTable(path, buffer, pause));
      return tables;
    });
}

async function readTable(
  path: string,
  buffer: Buffer,
  pause: () => Promise<void> | undefined,
): Promise<SocketSums | undefined> {
  const file = tryOpen(path);
  if (file === undefined) return undefined;
  try {
    const reader = createSocketReader(path);
    for (;;) {
      const length = readSync(file, buffer, 0, chunkBytes, null);
      if (length === 0) return reader.end();
      reader.add(buffer.toString('latin1', 0, length));
      await pause();
    }
  } finally {
    closeSync(file);
  }
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

export interface SocketReader {
  /** A part of the table; it may end within a line. */
  add(text: string): void;
  /** The sums of the whole table; throws when it ended within a line. */
  end(): SocketSums;
}

/** `0: 0100007F:0277 00000000:0000 0A 00000000:00000000 ...`: addresses, state, bytes in the queues for sending and receiving. */
const row =
  /^ *\d+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) ([0-9A-F]{8,16}):([0-9A-F]{8,16}) .* \d+ /;

/** Reads a table in parts. Source: https://docs.kernel.org/networking/proc_net_tcp.html */
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

  return {
    add(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (hasHeadings) addLine(line);
        else if (line.trimStart().startsWith('sl ')) hasHeadings = true;
        else throw new Error(`${where}: expected headings, got ${quote(line)}`);
      }
    },
    end() {
      if (rest !== '') throw new Error(`${where}: text ends within a line: ${quote(rest)}`);
      if (!hasHeadings) throw new Error(`${where}: expected headings, got nothing`);
      return { sockets, txQueuedBytes, rxQueuedBytes, byState };
    },
  };
}
