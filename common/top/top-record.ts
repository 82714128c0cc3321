/**
 * Defines the record of the busiest processes of a host. The exporter makes records, the gateway keeps them, and the command line and the
 * page show them.
 */

/** The use of one process during the time of a record. */
export interface ProcessUse {
  readonly pid: number;
  /** The name that the kernel keeps, at most 15 bytes: `postgres`. */
  readonly name: string;
  /** CPU seconds per second: 1 is one core. */
  readonly cpu_cores: number;
  /** The largest resident memory. */
  readonly memory_bytes: number;
  /** Bytes per second that the process read from and wrote to disks. Absent where the exporter may not read them. */
  readonly io_bytes_per_second?: number | undefined;
  /** Absent unless the exporter runs with `--top.command-lines`. */
  readonly command_line?: string | undefined;
}

/** The busiest processes by CPU, memory and I/O between two instants, in milliseconds since 1970. */
export interface TopRecord {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly processes: readonly ProcessUse[];
}

export const topOrders = ['cpu', 'memory', 'io'] as const;
export type TopOrder = (typeof topOrders)[number];

/** The number of processes by each order. A record has three times as many at most. */
export const busiestCount = 10;
export const maxRecordProcesses = busiestCount * topOrders.length;

/** The length of a command line in a record; the rest is cut. */
export const maxCommandLineLength = 256;

const values: Readonly<Record<TopOrder, (use: ProcessUse) => number>> = {
  cpu: (use) => use.cpu_cores,
  memory: (use) => use.memory_bytes,
  io: (use) => use.io_bytes_per_second ?? 0,
};

/** Returns the first ten processes in the order, busiest first, without processes that used nothing. */
export function busiestBy<Use extends ProcessUse>(order: TopOrder, uses: Iterable<Use>): Use[] {
  const valueOf = values[order];
  const busiest: Use[] = [];
  /** The value that a further process must exceed. Most processes are idle, and end here. */
  let floor = 0;
  for (const use of uses) {
    const value = valueOf(use);
    if (value <= floor) continue;
    if (busiest.length === busiestCount) busiest.pop();
    const place = busiest.findIndex((each) => valueOf(each) < value);
    busiest.splice(place === -1 ? busiest.length : place, 0, use);
    if (busiest.length === busiestCount) floor = valueOf(busiest[busiestCount - 1] as Use);
  }
  return busiest;
}

/** Returns each process that is among the ten busiest by an order, those by CPU first. */
export function busiestByAny<Use extends ProcessUse>(uses: readonly Use[]): Use[] {
  return [...new Set(topOrders.flatMap((order) => busiestBy(order, uses)))];
}

type PackedProcess = readonly [number, string, number, number, number | null, string?];

/** Returns the processes as JSON without the names of members, about 40 bytes a process. */
export function packProcesses(processes: readonly ProcessUse[]): string {
  const rows = processes.map((use): PackedProcess => {
    const { pid, name, cpu_cores: cpu, memory_bytes: memory, io_bytes_per_second: io = null, command_line: line } = use;
    return line === undefined ? [pid, name, cpu, memory, io] : [pid, name, cpu, memory, io, line];
  });
  return JSON.stringify(rows);
}

/** Reverses `packProcesses`. Throws a `SyntaxError` for a text that is not JSON. */
export function unpackProcesses(packed: string): ProcessUse[] {
  const rows = JSON.parse(packed) as readonly PackedProcess[];
  return rows.map(([pid, name, cpu_cores, memory_bytes, io, command_line]) => ({
    pid,
    name,
    cpu_cores,
    memory_bytes,
    ...(io === null ? {} : { io_bytes_per_second: io }),
    ...(command_line === undefined ? {} : { command_line }),
  }));
}
