/**
 * Decodes large bodies in a thread with limits on memory and time. A body that exceeds them ends the thread, not the gateway;
 * the next body starts another thread. The file holds both ends.
 */
import { type MessagePort, parentPort, type Transferable, workerData } from 'node:worker_threads';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Log } from '../../common/program/log.ts';
import { createSlots } from '../../common/prometheus/connection.ts';
import type { ScrapedHosts } from '../forward/scraped-hosts.ts';
import { overloaded } from '../http/request-input.ts';
import type { PushGate } from '../ingest/active-series/series-limits.ts';
import { pushLimits } from '../ingest/sample-checks.ts';
import { startWorkerThread, type WorkerThread } from '../queue/worker-thread.ts';
import { type AskedSeries, type Refusals, recordingGate, refusalsOf } from './asked-series.ts';
import type { LargeBodyDecoder } from './body-decoder.ts';
import { createPushDecoder, type DecodedPush, type DecodeLimits, type PushBody } from './push-decoder.ts';
import { maxBatchBytes, splitBatch } from './split-batch.ts';

interface DecodeTask {
  readonly body: PushBody;
  readonly limits: DecodeLimits;
  readonly refusals: Refusals;
  /** The scraped targets; undefined when they are those of the task before. */
  readonly scrapedTargets: ReadonlySet<string> | undefined;
}

interface ThreadResult {
  readonly push: DecodedPush;
  readonly asked: readonly AskedSeries[];
}

export interface DecodeThread extends LargeBodyDecoder {
  stop(): Promise<void>;
}

export interface DecodeThreadOptions {
  readonly seed: Uint8Array;
  readonly scraped: Pick<ScrapedHosts, 'targets'>;
  readonly log: Log;
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

const maxWaitMs = 30_000;

const limitsOf = ({ format }: PushBody): DecodeLimits => ({
  maxBytes: format.startsWith('otlp') ? pushLimits.maxOtlpBytes : pushLimits.maxInflatedBytes,
  maxSamples: pushLimits.maxSamples,
  json: { maxValues: pushLimits.maxJsonValues, maxDepth: pushLimits.maxJsonDepth },
  maxFields: pushLimits.maxFields,
});

/**
 * Decodes one body at a time; callers that wait take turns. Throws an `HttpProblem`: 413 when decoding exceeds the memory or the
 * time, 503 when the body waited too long.
 */
export function createDecodeThread({ seed, scraped, log }: DecodeThreadOptions): DecodeThread {
  const slots = createSlots({ count: 1 });
  let thread: WorkerThread<DecodeTask, Answer> | undefined;
  /** The targets that the thread has. */
  let sentTargets: ReadonlySet<string> | undefined;

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

  async function decodeOnce(body: PushBody, refusals: Refusals): Promise<ThreadResult> {
    const targets = scraped.targets();
    const scrapedTargets = thread === undefined || targets !== sentTargets ? targets : undefined;
    sentTargets = targets;
    const answer = await ask({ body, limits: limitsOf(body), refusals, scrapedTargets });
    if (answer.kind === 'decoded') return answer.result;
    if (answer.kind === 'ready') throw new Error('expected the decoding thread to decode');
    const { status, title, errors, headers } = answer.problem;
    throw new HttpProblem(status, title, { errors, headers });
  }

  async function decodeAdmitted(body: PushBody, gate: PushGate): Promise<DecodedPush> {
    const first = await decodeOnce(body, new Map());
    const refusals = refusalsOf(first.asked, gate);
    return refusals.size === 0 ? first.push : (await decodeOnce(body, refusals)).push;
  }

  return {
    async decode(body, gate) {
      const waiting = AbortSignal.timeout(maxWaitMs);
      try {
        return await slots.run(() => decodeAdmitted(body, gate), waiting, body.pusher.id);
      } catch (error) {
        if (error === waiting.reason) throw overloaded('the body waited too long to be decoded');
        throw error;
      }
    },
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
  const decodePush = createPushDecoder({
    seed,
    isScrapedTarget: (job, instance) => targets.has(`${job}\n${instance}`),
  });

  function decode({ body, limits, refusals }: DecodeTask): { readonly answer: Answer; readonly moved: Transferable[] } {
    try {
      const recording = recordingGate(refusals);
      const push = decodePush(body, { gate: recording.gate, limits });
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
