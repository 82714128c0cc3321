/** Exposes CPU, memory, open files and start time of this process, as Prometheus client libraries do. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Family, type MetricType, single } from './exposition/family.ts';
import { readPageSizeBytes } from './procfs/page-size.ts';

/**
 * Returns a function that reads the metrics of this process. Reads /proc itself, not `--path.procfs`.
 * Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#standard-and-runtime-collectors
 */
export function createProcessMetrics(): () => Family[] {
  const start = single(
    'process_start_time_seconds',
    'Start time of the process since unix epoch in seconds.',
    'gauge',
    performance.timeOrigin / 1_000,
  );
  if (process.platform !== 'linux') {
    return () => [cpuFamily(), residentFamily(process.memoryUsage.rss()), start];
  }
  const pageBytes = readPageSizeBytes();
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const maxFiles = parseLimit(limits, 'Max open files');
  const maxMemory = gauge(
    'virtual_memory_max_bytes',
    'Maximum amount of virtual memory available in bytes.',
    // As Prometheus' client for Go, which dashboards were made with.
    parseLimit(limits, 'Max address space') ?? unlimited,
  );
  const maxFds = maxFiles === undefined ? [] : [gauge('max_fds', 'Maximum number of open file descriptors.', maxFiles)];
  return () => {
    const { virtualBytes, residentPages } = parseProcessMemory(readFileSync('/proc/self/stat', 'utf8'));
    return [
      cpuFamily(),
      residentFamily(residentPages * pageBytes),
      gauge('virtual_memory_bytes', 'Virtual memory size in bytes.', virtualBytes),
      gauge('open_fds', 'Number of open file descriptors.', readOpenFiles()),
      ...maxFds,
      maxMemory,
      start,
    ];
  };
}

/** Parses fields 23 and 24 of proc_pid_stat(5). Field 2, the name, may contain blanks and ends at the last parenthesis. */
export function parseProcessMemory(text: string): { readonly virtualBytes: number; readonly residentPages: number } {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', 22);
  const [virtualBytes, residentPages] = [Number(fields[20]), Number(fields[21])];
  if (!Number.isFinite(virtualBytes) || !Number.isFinite(residentPages)) {
    throw new Error(`/proc/self/stat: expected memory sizes in fields 23 and 24, got ${JSON.stringify(text)}`);
  }
  return { virtualBytes, residentPages };
}

function cpuFamily(): Family {
  const { user, system } = process.cpuUsage();
  const help = 'Total user and system CPU time spent in seconds.';
  return single('process_cpu_seconds_total', help, 'counter', (user + system) / 1e6);
}

function residentFamily(bytes: number): Family {
  return gauge('resident_memory_bytes', 'Resident memory size in bytes.', bytes);
}

/** Returns the number of open files. Reading the folder opens one more file, which is not counted. */
function readOpenFiles(): number {
  return readdirSync('/proc/self/fd').length - 1;
}

/** The largest number of 64 bits. */
const unlimited = 2 ** 64;

/** Returns the soft limit of a line of proc_pid_limits(5), or undefined when the process has no such limit. */
export function parseLimit(text: string, name: string): number | undefined {
  const [, soft] = new RegExp(`^${name} +(\\d+) `, 'm').exec(text) ?? [];
  return soft === undefined ? undefined : Number(soft);
}

function gauge(name: string, help: string, value: number): Family {
  const type: MetricType = 'gauge';
  return single(`process_${name}`, help, type, value);
}
