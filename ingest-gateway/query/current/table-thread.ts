/**
 * Parses Prometheus' answers for the table of current values in a thread, and renders the table there: with a thousand hosts, both take
 * hundreds of milliseconds. The file holds both ends.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { metrics } from '../../../common/catalogue/metrics.ts';
import type { PrometheusAnswer } from '../../../common/prometheus/connection.ts';
import { PrometheusError } from '../../../common/prometheus/error.ts';
import { parseInstant } from '../../../common/prometheus/query.ts';
import { createRestartingThread } from '../../queue/worker-thread.ts';
import { groupByHost } from './current-values.ts';
import type { Asked } from './last-values.ts';
import { renderTable, type ValueTable } from './value-table.ts';

interface TableTask {
  readonly timeMs: number;
  /** Bodies of the answers, in the order of the catalogue. */
  readonly bodies: readonly Uint8Array[];
  readonly gzip: boolean;
}

type Answer =
  | { readonly kind: 'table'; readonly table: ValueTable }
  | { readonly kind: 'problem'; readonly message: string };

interface ThreadData {
  readonly rendersValues: true;
}

export interface TableThread {
  /** Returns the table of successful answers to the queries of the catalogue, in its order. Throws a `PrometheusError` for other bodies. */
  render(timeMs: number, answers: readonly PrometheusAnswer[], asked: Asked): Promise<ValueTable>;
  stop(): Promise<void>;
}

export function createTableThread(): TableThread {
  const thread = createRestartingThread<TableTask, Answer>({
    url: new URL(import.meta.url),
    data: { rendersValues: true } satisfies ThreadData,
    name: 'the thread of current values',
  });

  return {
    async render(timeMs, answers, { gzip }) {
      const answer = await thread.ask({ timeMs, bodies: answers.map(({ body }) => body), gzip });
      if (answer.kind === 'problem') throw new PrometheusError(answer.message, { fault: 'unavailable' });
      return answer.table;
    },
    stop: () => thread.stop(),
  };
}

const names = metrics.map(({ name }) => name);

/** Smaller bodies are sent as they are. */
const minCompressedBytes = 256 * 1024;

function render({ timeMs, bodies, gzip }: TableTask): ValueTable {
  const samples = bodies.map((body) => parseInstant({ status: 200, body: Buffer.from(body) }));
  const table = renderTable(timeMs, groupByHost(metrics, samples), names);
  if (!gzip || table.body.length < minCompressedBytes) return table;
  // The fastest level: the text of a fleet repeats itself, and shrinks to a tenth.
  return { ...table, gzip: Uint8Array.from(gzipSync(table.body, { level: 1 })) };
}

function serve(port: MessagePort): void {
  port.on('message', (task: TableTask) => {
    try {
      const table = render(task);
      const { body, offsets, gzip } = table;
      const moved = [body.buffer, offsets.buffer, ...(gzip === undefined ? [] : [gzip.buffer])];
      port.postMessage({ kind: 'table', table } satisfies Answer, moved);
    } catch (error) {
      if (!(error instanceof PrometheusError)) throw error;
      port.postMessage({ kind: 'problem', message: error.message } satisfies Answer);
    }
  });
}

const data = workerData as Partial<ThreadData> | null;
if (parentPort !== null && data?.rendersValues === true) serve(parentPort);
