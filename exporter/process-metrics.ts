/** This process as Prometheus' client libraries describe theirs: CPU, memory, open files, start. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** Undefined where the system does not tell. */
  readonly read: () => number | undefined;
}

/**
 * The metrics that this system can tell; /proc is the process's own, whatever `--path.procfs` says.
 * Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#standard-and-runtime-collectors
 */
export function processMetrics(): readonly ProcessMetric[] {
  const gauge = (name: string, help: string, read: ProcessMetric['read']): ProcessMetric => ({
    name: `process_${name}`,
    help,
    type: 'gauge',
    read,
  });
  const everywhere: readonly ProcessMetric[] = [
    {
      name: 'process_cpu_seconds_total',
      help: 'Total user and system CPU time spent in seconds.',
      type: 'counter',
      read: cpuSeconds,
    },
    gauge('resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss()),
    gauge('start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => startSeconds),
  ];
  if (process.platform !== 'linux') return everywhere;
  const maxFiles = readMaxFiles();
  return [
    ...everywhere,
    gauge('virtual_memory_bytes', 'Virtual memory size in bytes.', readVirtualBytes),
    gauge('open_fds', 'Number of open file descriptors.', readOpenFiles),
    gauge('max_fds', 'Maximum number of open file descriptors.', () => maxFiles),
  ];
}

const startSeconds = performance.timeOrigin / 1_000;

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Field 23 of proc_pid_stat(5); the second, the name, may hold blanks and ends at the last parenthesis. */
function readVirtualBytes(): number | undefined {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const value = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[20]);
  return Number.isFinite(value) ? value : undefined;
}

/** The listing itself holds one open. */
function readOpenFiles(): number {
  return readdirSync('/proc/self/fd').length - 1;
}

function readMaxFiles(): number | undefined {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return soft === undefined ? undefined : Number(soft);
}
