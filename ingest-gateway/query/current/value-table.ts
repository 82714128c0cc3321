/**
 * Renders the latest values of all hosts as the text of a response, with an index of the offset of each value. A response about some
 * hosts or metrics is copied from ranges of the text, so that no request parses or renders the table.
 */
import type { HostValues } from './current-values.ts';

export interface ValueTable {
  /** Time of the values; milliseconds since the epoch. */
  readonly timeMs: number;
  /** The response with all values, as JSON in UTF-8. Owns its memory. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Sorted by name. */
  readonly hosts: readonly string[];
  /**
   * Offsets in `body`, for each host a row: the start of the host's object, the start of the values of each metric, and the end of
   * the last values.
   */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** `body` compressed by gzip. */
  readonly gzip?: Uint8Array<ArrayBuffer>;
}

export interface Selection {
  /** Undefined: all hosts. */
  readonly hosts: readonly string[] | undefined;
  /** Positions in the metrics of the table, ascending. Undefined: all metrics. */
  readonly metrics: readonly number[] | undefined;
}

const tail = ']}';

/** Renders hosts in their order. The values of each host must be in the order of `metrics`, the names of all metrics. */
export function renderTable(timeMs: number, hosts: readonly HostValues[], metrics: readonly string[]): ValueTable {
  const rowLength = metrics.length + 2;
  const offsets = new Uint32Array(hosts.length * rowLength);
  const pieces: string[] = [];
  let offset = 0;
  const add = (piece: string): void => {
    pieces.push(piece);
    offset += Buffer.byteLength(piece);
  };
  add(`{"time":${JSON.stringify(new Date(timeMs))},"hosts":[`);
  for (const [row, { host, values }] of hosts.entries()) {
    if (row > 0) add(',');
    let at = row * rowLength;
    offsets[at++] = offset;
    add(`{"host":${JSON.stringify(host)},"values":[`);
    let next = 0;
    for (const metric of metrics) {
      offsets[at++] = offset;
      for (let value = values[next]; value?.metric === metric; value = values[next]) {
        add(`${next === 0 ? '' : ','}${JSON.stringify(value)}`);
        next += 1;
      }
    }
    offsets[at] = offset;
    if (next < values.length) throw new Error(`${host}: the values are not in the order of the metrics`);
    add(tail);
  }
  add(tail);
  const body = new Uint8Array(offset);
  Buffer.from(body.buffer).write(pieces.join(''));
  return { timeMs, body, hosts: hosts.map(({ host }) => host), offsets };
}

const comma = 44;

/** Returns the response about the selected hosts and metrics. Leaves out hosts without any of the metrics. */
export function selectValues(table: ValueTable, { hosts, metrics }: Selection): Buffer {
  const { body, offsets } = table;
  if (hosts === undefined && metrics === undefined) return Buffer.from(body.buffer);
  const rowLength = table.hosts.length === 0 ? 0 : offsets.length / table.hosts.length;
  const wanted = hosts === undefined ? undefined : new Set(hosts);
  const pieces: Uint8Array[] = [];
  const between = Buffer.from(',');
  const head = Buffer.from(`{"time":${JSON.stringify(new Date(table.timeMs))},"hosts":[`);
  const end = Buffer.from(tail);
  for (const [row, host] of table.hosts.entries()) {
    if (wanted?.has(host) === false) continue;
    const marks = offsets.subarray(row * rowLength, (row + 1) * rowLength);
    const values = metrics === undefined ? [wholeRow(body, marks)] : metrics.flatMap((at) => span(body, marks, at));
    if (values.every(({ length }) => length === 0)) continue;
    if (pieces.length > 0) pieces.push(between);
    pieces.push(body.subarray(marks[0], marks[1]));
    for (const [index, piece] of values.entries()) pieces.push(...(index === 0 ? [] : [between]), piece);
    pieces.push(end);
  }
  return Buffer.concat([head, ...pieces, end]);
}

function wholeRow(body: Uint8Array, marks: Uint32Array): Uint8Array {
  return body.subarray(marks[1], marks.at(-1));
}

/** Returns the values of a metric without the comma before them; nothing for a host without the metric. */
function span(body: Uint8Array, marks: Uint32Array, metric: number): readonly Uint8Array[] {
  const [start = 0, end = 0] = marks.subarray(metric + 1, metric + 3);
  if (start === end) return [];
  return [body.subarray(body[start] === comma ? start + 1 : start, end)];
}
