/** The busiest processes of a host as texts. */
import { busiestBy, type ProcessUse, type TopOrder } from '../../common/top/top-record.ts';
import type { TopAnswer } from '../api/top.ts';
import { formatClock, formatTime, formatterOf } from '../format/values.ts';

export interface TopEntry {
  readonly pid: number;
  readonly name: string;
  readonly value: string;
  /** The number of the process, and its command line where there is one. */
  readonly title: string;
}

const percent = formatterOf('percent');
const bytes = formatterOf('bytes');
const bytesPerSecond = formatterOf('binBps');

const values: Readonly<Record<TopOrder, (use: ProcessUse) => string>> = {
  cpu: (use) => percent(use.cpu_cores * 100),
  memory: (use) => bytes(use.memory_bytes),
  io: (use) => bytesPerSecond(use.io_bytes_per_second ?? 0),
};

/** Returns the processes in the order, busiest first. */
export function topEntries(processes: readonly ProcessUse[], by: TopOrder): readonly TopEntry[] {
  return busiestBy(by, processes).map((use) => ({
    pid: use.pid,
    name: use.name,
    value: values[by](use),
    title: `Process ${use.pid}${use.command_line === undefined ? '' : `: ${use.command_line}`}`,
  }));
}

/** Returns the time of the record: `03:12:00 to 03:13:00`. */
export function recordTimeText({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${formatClock(Date.parse(from))} to ${formatClock(Date.parse(to))}`;
}

/** Returns why there are no processes to show. */
export function noRecordText({ host, at, oldest, newest }: TopAnswer): string {
  if (oldest === undefined || newest === undefined)
    return `No records of ${host}: its exporter keeps none, or the gateway cannot reach it`;
  const [first, last] = [formatTime(Date.parse(oldest)), formatTime(Date.parse(newest))];
  return `No record at ${formatTime(Date.parse(at))}; records are from ${first} to ${last}`;
}

const noEntryTexts: Readonly<Record<TopOrder, string>> = {
  cpu: 'No process used the CPU',
  memory: 'No process used memory',
  io: 'No I/O, or the exporter may not read it',
};

/** Returns the text for a record without a process in the order. */
export function noEntryText(by: TopOrder): string {
  return noEntryTexts[by];
}

/** Returns the order that explains the charts of a section of the host's dashboard; undefined for other sections. */
export function orderOfSection(title: string | undefined): TopOrder | undefined {
  return title === undefined || !Object.hasOwn(sectionOrders, title) ? undefined : sectionOrders[title];
}

const sectionOrders: Readonly<Record<string, TopOrder>> = { CPU: 'cpu', Memory: 'memory', Disk: 'io' };
