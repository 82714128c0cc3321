/**
 * The gateway's durable queue: accepted batches are on disk, wait per host in order, and are retained for a while after they
 * were forwarded, in case Prometheus restarts without them.
 */
import type { Log } from '../../common/program/log.ts';
import { type Batch, type BatchInfo, type HostMark, startBatchThread } from './batch-file.ts';
import { createHostQueues, createRetainedBatches, replayWindowMs } from './batch-index.ts';
import { createGroupCommit } from './group-commit.ts';

export type NewBatch = Omit<Batch, 'id' | 'acceptedMs'>;

export interface BatchQueueOptions {
  readonly path: string;
  /** Limit of waiting and retained batches: their bodies, and 256 bytes for each batch. */
  readonly maxBytes: number;
  readonly now: () => number;
  readonly log: Log;
}

export interface QueueState {
  readonly batches: number;
  readonly samples: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Absent while no batch waits. */
  readonly oldestAcceptedMs?: number;
  /** Bytes of retained batches. */
  readonly settledBytes: number;
  /** False after a commit failed, until one succeeds. */
  readonly isWritable: boolean;
  /** Start of the running commit; absent while none runs. */
  readonly committingSinceMs?: number;
}

export interface BatchQueue {
  /**
   * Resolves once all batches are on disk. Rejects with a `QueueRefusal` when none is. The queue keeps the bodies: each
   * must have its own buffer.
   */
  append(batches: readonly NewBatch[]): Promise<void>;
  /** Calls the listener with each host whose first batch begins to wait. */
  onWaiting(listener: (host: string) => void): void;
  /** Returns the hosts with waiting batches. */
  hosts(): Iterable<string>;
  first(host: string): BatchInfo | undefined;
  /** Returns the number of the host's waiting batches. */
  pending(host: string): number;
  /** Returns undefined when the body is damaged or no longer retained. Rejects when the disk cannot be read. */
  body(batch: BatchInfo): Promise<Uint8Array | undefined>;
  /** Marks the host's first batch as forwarded or dropped. */
  settle(host: string): void;
  /** Returns the retained batches, oldest first. */
  settled(): readonly BatchInfo[];
  state(): QueueState;
  /** Commits waiting changes. Idempotent. */
  stop(): Promise<void>;
}

/** The queue accepted nothing: it is full, or its disk is slow or cannot be written. */
export class QueueRefusal extends Error {
  readonly reason: 'full' | 'slow' | 'unwritable';

  constructor(reason: QueueRefusal['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueRefusal';
    this.reason = reason;
  }
}

const commitDelayMs = 50;
const maxCommitRequests = 256;
/** Latest time until settled batches are marked on disk; after a kill, unmarked batches are sent a second time. */
const idleCommitMs = 500;
/** Bytes that wait in memory for a slow disk. */
const maxUncommittedBytes = 64 * 2 ** 20;
/** Bytes of bodies cached until they are forwarded; further bodies are read back from disk. */
const maxCachedBytes = 32 * 2 ** 20;
/** Cost of a batch besides its body, in memory and in the file. */
const overheadBytes = 256;
/** Marks of hosts without samples for this long are removed: samples of that age are rejected. */
const markLifeMs = 48 * 3_600_000;
const forgetIntervalMs = 600_000;
const maxDeletions = 4_096;
/** Interval in which expired batches are removed when no host pushes. */
const expiryMs = 30_000;

export interface OpenedQueue {
  readonly queue: BatchQueue;
  /** Time of each host's newest sample, as far as the file tells. */
  readonly newestAtStart: ReadonlyMap<string, number>;
}

/** Throws a `StartError` when the file cannot be used. */
export async function openBatchQueue({ path, maxBytes, now, log }: BatchQueueOptions): Promise<OpenedQueue> {
  const { thread, contents, movedTo } = await startBatchThread({ path });
  if (movedTo !== undefined)
    log.error('the queue is damaged; it was moved aside and the gateway starts with an empty one', {
      path,
      moved_to: movedTo,
    });
  const waiting = createHostQueues();
  const bodies = new Map<number, Uint8Array>();
  const retained = createRetainedBatches();
  const listeners: ((host: string) => void)[] = [];
  let { lastId } = contents;
  let cachedBytes = 0;
  let isWritable = true;
  /** Why the first commit failed since the disk could be written; later failures may follow from it. */
  let firstCause: unknown;
  let forgotMs = now();
  let committingSinceMs: number | undefined;
  /** Marks for the next commit. */
  let marks = new Map<string, HostMark>();
  /** Ids for the next commit, after one failed. */
  let undeleted = new Set<number>();
  const commits = createGroupCommit<readonly Batch[]>({
    commit: commitGroups,
    delayMs: commitDelayMs,
    maxItems: maxCommitRequests,
    idleDelayMs: idleCommitMs,
  });

  function load(): Map<string, number> {
    const settledIds = new Map(contents.marks.map(({ host, settledId }) => [host, settledId]));
    const newest = new Map(contents.marks.map(({ host, newestMs }) => [host, newestMs]));
    for (const batch of contents.batches) {
      newest.set(batch.host, Math.max(batch.newestMs, newest.get(batch.host) ?? 0));
      if (batch.id <= (settledIds.get(batch.host) ?? 0)) retain(batch);
      else waiting.push({ ...batch, bytes: batch.bytes + overheadBytes });
    }
    return newest;
  }

  function retain(batch: BatchInfo): void {
    const settledMs = now();
    retained.add(batch, { settledMs, retainMs: replayWindowMs(batch, settledMs) });
  }

  async function commitGroups(groups: readonly (readonly Batch[])[]): Promise<void> {
    const batches = groups.flat();
    const taken = marks;
    marks = new Map();
    const nowMs = now();
    const expired = retained.takeExpired({ nowMs, maxBytes: maxBytes - waiting.totals.bytes, limit: maxDeletions });
    const deletions = [...undeleted, ...expired];
    const isForgetting = nowMs - forgotMs > forgetIntervalMs;
    if (isForgetting) forgotMs = nowMs;
    try {
      committingSinceMs = nowMs;
      if (batches.length + taken.size + deletions.length > 0)
        await thread.apply({
          batches,
          marks: [...taken.values()],
          deletions,
          ...(isForgetting ? { forgetBeforeMs: nowMs - markLifeMs } : {}),
        });
    } catch (cause) {
      for (const mark of taken.values()) if (!marks.has(mark.host)) marks.set(mark.host, mark);
      for (const id of expired) undeleted.add(id);
      firstCause ??= cause;
      if (isWritable) log.error('the queue cannot be written; pushes get 503 until it can', { path, error: cause });
      isWritable = false;
      throw new QueueRefusal('unwritable', "the queue's disk cannot be written", { cause: firstCause });
    } finally {
      committingSinceMs = undefined;
    }
    if (!isWritable) log.info('the queue can be written again', { path });
    isWritable = true;
    firstCause = undefined;
    undeleted = new Set();
    for (const batch of batches) enter(batch);
  }

  function enter({ body, ...batch }: Batch): void {
    const wasWaiting = waiting.count(batch.host) > 0;
    waiting.push({ ...batch, bytes: body.length + overheadBytes });
    if (cachedBytes + body.length <= maxCachedBytes) {
      bodies.set(batch.id, body);
      cachedBytes += body.length;
    }
    if (!wasWaiting) for (const listener of listeners) listener(batch.host);
  }

  function append(batches: readonly NewBatch[]): Promise<void> {
    const bytes = batches.reduce((sum, { body }) => sum + body.length + overheadBytes, 0);
    if (waiting.totals.bytes + commits.waitingBytes() + bytes > maxBytes)
      return Promise.reject(new QueueRefusal('full', `the queue holds ${maxBytes} bytes, its limit`));
    if (commits.waitingBytes() + bytes > maxUncommittedBytes)
      return Promise.reject(new QueueRefusal('slow', "the queue's disk does not keep up"));
    const acceptedMs = now();
    const numbered = batches.map((batch) => ({ ...batch, id: ++lastId, acceptedMs }));
    return commits.add(numbered, bytes);
  }

  function settle(host: string): void {
    const batch = waiting.shift(host);
    if (batch === undefined) throw new Error(`expected a waiting batch of ${host}`);
    const body = bodies.get(batch.id);
    if (body !== undefined && bodies.delete(batch.id)) cachedBytes -= body.length;
    const newestMs = Math.max(batch.newestMs, marks.get(host)?.newestMs ?? 0);
    marks.set(host, { host, settledId: batch.id, newestMs });
    retain(batch);
    commits.nudge();
  }

  const newestAtStart = load();
  const expiry = setInterval(() => commits.nudge(), expiryMs);
  expiry.unref();
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    clearInterval(expiry);
    await commits.drain();
    await thread.close();
  }

  const queue: BatchQueue = {
    append,
    onWaiting: (listener) => void listeners.push(listener),
    hosts: () => waiting.hosts(),
    first: (host) => waiting.first(host),
    pending: (host) => waiting.count(host),
    body: async ({ id }) => bodies.get(id) ?? thread.read(id),
    settle,
    settled: () => retained.list(),
    state() {
      const oldestAcceptedMs = waiting.oldestAcceptedMs();
      return {
        ...waiting.totals,
        maxBytes,
        ...(oldestAcceptedMs === undefined ? {} : { oldestAcceptedMs }),
        settledBytes: retained.bytes(),
        isWritable,
        ...(committingSinceMs === undefined ? {} : { committingSinceMs }),
      };
    },
    stop: () => (stopping ??= stop()),
  };
  return { queue, newestAtStart };
}
