/** Renders the answer of `/api/v1/top` for the terminal. */
import { busiestBy, type ProcessUse, type TopOrder } from '../../common/top/top-record.ts';
import { renderHuman } from '../../exporter/snapshot/human.ts';
import { renderLocalTime } from './top-time.ts';

export interface TopAnswer {
  readonly host: string;
  readonly at: string;
  readonly record?: { readonly from: string; readonly to: string; readonly processes: readonly ProcessUse[] };
  readonly oldest?: string;
  readonly newest?: string;
}

const orderNames: Readonly<Record<TopOrder, string>> = { cpu: 'CPU', memory: 'memory', io: 'I/O' };

/** Returns head and rows of the processes in the order, busiest first. The column of command lines is absent without any. */
export function topRows(processes: readonly ProcessUse[], by: TopOrder) {
  const busiest = busiestBy(by, processes);
  const hasLines = busiest.some((use) => use.command_line !== undefined);
  const rows = busiest.map(({ pid, name, cpu_cores: cpu, memory_bytes: memory, io_bytes_per_second: io, ...use }) => [
    String(pid),
    name,
    renderHuman(cpu * 100, 'percent'),
    renderHuman(memory, 'bytes'),
    io === undefined ? '-' : renderHuman(io, 'bytes/s'),
    ...(hasLines ? [use.command_line ?? '-'] : []),
  ]);
  return { head: ['PID', 'NAME', 'CPU', 'MEMORY', 'I/O', ...(hasLines ? ['COMMAND LINE'] : [])], rows };
}

/** Returns the line above the table: host, time and order. */
export function topTitle(
  host: string,
  { from, to }: { readonly from: string; readonly to: string },
  by: TopOrder,
): string {
  const [start, end] = [renderLocalTime(Date.parse(from)), renderLocalTime(Date.parse(to))];
  return `${host}, ${start} to ${end.slice(11)}, by ${orderNames[by]}`;
}

/** Returns why there are no processes to show. */
export function whyNoRecord({ host, at, oldest, newest }: TopAnswer): string {
  const time = renderLocalTime(Date.parse(at));
  if (oldest === undefined || newest === undefined)
    return `there is no record of the processes of ${host}; its exporter keeps none (--no-top, node_exporter), or the gateway cannot reach the exporter`;
  const span = `${renderLocalTime(Date.parse(oldest))} to ${renderLocalTime(Date.parse(newest))}`;
  return `there is no record of the processes of ${host} at ${time}; there are records from ${span}`;
}
