/**
 * Decodes large bodies in a thread with limits on memory and time. A body that exceeds them ends the thread, not the gateway;
 * the next body starts another thread. The file holds both ends.
 */
import { type MessagePort, parentPort, type Transferable, workerData } from 'node:worker_threads';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Log } from '../../common/program/log.ts';
import { startWorkerThread, type WorkerThread } from '../queue/worker-thread.ts';
import { type AskedSeries, type Refusals, recordingGate } from './asked-series.ts';
import { createPushDecoder, type DecodedPush, type DecodeLimits, type PushBody } from './push-decoder.ts';
import { maxBatchBytes, splitBatch } from './split-batch.ts';

export interface DecodeTask {
  readonly body: PushBody;
  readonly limits: DecodeLimits;
  readonly refusals: Refusals;
  /** The scraped targets; undefined when they are those of the task before. */
  readonly scrapedTargets: ReadonlySet<string> | undefined;
}

export interface ThreadResult {
  readonly push: DecodedPush;
  readonly asked: readonly AskedSeries[];
}

export interface DecodeThread {
  /** Decodes one body. Await the result before the next call. Throws an `HttpProblem`: 413 when decoding exceeds the memory or the time. */
  decode(task: DecodeTask): Promise<ThreadResult>;
  /** Returns true when the next task needs the scraped targets. */
  isNew(): boolean;
  stop(): Promise<void>;
}

type Problem = Pick<HttpProblem, 'status' | 'title' | 'errors' | 'headers'>;
type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'decoded'; readonly result: ThreadResult }
  | { readonly kind: 'problem'; readonly problem: Problem };

interface ThreadData {
  readonly decodeSeed: Uint8Array;
}

const maxHeapMiB = 256;
const maxDecodeMs = 30_000;

export function createDecodeThread({ seed, log }: { readonly seed: Uint8Array; readonly log: Log }): DecodeThread {
  let thread: WorkerThread<DecodeTask, Answer> | undefined;

  /** Resolves once the thread is ready: starting it does not count as decoding. */
  async function start(): Promise<WorkerThread<DecodeTask, Answer>> {
    const started = startWorkerThread<DecodeTask, Answer>({
      url: new URL(import.meta.url),
      data: { decodeSeed: seed } satisfies ThreadData,
      name: 'the decoding thread',
      maxHeapMiB,
    });
    await started.receive();
    return started;
  }

  async function ask(task: DecodeTask): Promise<Answer> {
    const own = (thread ??= await start());
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      own.kill();
    }, maxDecodeMs);
    try {
      return await own.ask(task);
    } catch (cause) {
      if (thread === own) thread = undefined;
      const { name } = task.body.pusher;
      log.error('a body ended the thread that decoded it', { key: name, format: task.body.format, error: cause });
      if (isLate) throw new HttpProblem(413, `decoding the body took more than ${maxDecodeMs / 1_000} s`, { cause });
      if (isOutOfMemory(cause)) throw new HttpProblem(413, `the body needs more than ${maxHeapMiB} MiB`, { cause });
      throw cause;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async decode(task) {
      const answer = await ask(task);
      if (answer.kind === 'decoded') return answer.result;
      if (answer.kind === 'ready') throw new Error('expected the decoding thread to decode');
      const { status, title, errors, headers } = answer.problem;
      throw new HttpProblem(status, title, { errors, headers });
    },
    isNew: () => thread === undefined,
    async stop() {
      await thread?.stop();
      thread = undefined;
    },
  };
}

function isOutOfMemory(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function serve(port: MessagePort, seed: Uint8Array): void {
  let targets: ReadonlySet<string> = new Set();
  const decoder = createPushDecoder({
    seed,
    isScrapedTarget: (job, instance) => targets.has(`${job}\n${instance}`),
  });

  function decode({ body, limits, refusals }: DecodeTask): { readonly answer: Answer; readonly moved: Transferable[] } {
    try {
      const recording = recordingGate(refusals);
      const push = decoder.decode(body, { gate: recording.gate, limits });
      const batches = push.batches.flatMap((batch) => splitBatch(batch));
      const bytes = batches.reduce((sum, { plain }) => sum + plain.length, 0);
      // Copied, because the decoder reuses the memory of these views for the next body.
      const own = batches.map((batch) => ({
        ...batch,
        plain: bytes > maxBatchBytes ? undefined : batch.plain.slice(),
      }));
      const moved = own.flatMap(({ body: block, plain }) => [
        block.buffer,
        ...(plain === undefined ? [] : [plain.buffer]),
      ]);
      return {
        answer: { kind: 'decoded', result: { push: { ...push, batches: own }, asked: recording.asked() } },
        moved: moved as Transferable[],
      };
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      const { status, title, errors, headers } = error;
      return { answer: { kind: 'problem', problem: { status, title, errors, headers } }, moved: [] };
    }
  }

  port.on('message', (task: DecodeTask) => {
    targets = task.scrapedTargets ?? targets;
    const { answer, moved } = decode(task);
    port.postMessage(answer, moved);
  });
  port.postMessage({ kind: 'ready' } satisfies Answer);
}

const data = workerData as Partial<ThreadData> | null;
if (parentPort !== null && data?.decodeSeed !== undefined) serve(parentPort, data.decodeSeed);
