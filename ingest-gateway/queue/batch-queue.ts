/**
 * The gateway's queue: what was accepted is on disk, waits host by host in order, and stays for a while after it was
 * forwarded, in case the receiver comes back without it.
 */
import type { Log } from '../../common/program/log.ts';
import type { Batch, BatchInfo, HostMark } from './batch-rows.ts';
import { startBatchThread } from './batch-thread.ts';
import { createGroupCommit } from './group-commit.ts';
import { createHostLanes } from './host-queues.ts';
import { createKeptBatches } from './retained-batches.ts';

export type { BatchInfo } from './batch-rows.ts';

export type NewBatch = Omit<Batch, 'id' | 'acceptedMs'>;

export interface BatchQueueOptions {
  readonly path: string;
  /** Of bodies, and 256 bytes for each batch. */
  readonly maxBytes: number;
  /** How long a batch stays after it was settled, room permitting. */
  readonly keepSettledMs: (batch: BatchInfo) => number;
  readonly now: () => number;
  readonly log: Log;
}

export interface QueueState {
  readonly batches: number;
  readonly samples: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Absent while nothing waits. */
  readonly oldestAcceptedMs?: number;
  /** Forwarded, and kept. */
  readonly settledBytes: number;
  /** False after a commit that failed, until one succeeds. */
  readonly isWritable: boolean;
  /** When the commit that runs now was handed to the disk; absent while none does. */
  readonly committingSinceMs?: number;
}

export interface BatchQueue {
  /**
   * Resolves once all of them are on disk, or none is: rejects with a `QueueRefusal`. Bodies belong to the queue from
   * here on, each in a buffer of its own.
   */
  append(batches: readonly NewBatch[]): Promise<void>;
  /** Called with each host for which something waits from now on. */
  onWaiting(listener: (host: string) => void): void;
  hosts(): Iterable<string>;
  first(host: string): BatchInfo | undefined;
  pending(host: string): number;
  /** Undefined when the disk lost it. Rejects when the disk cannot be read now. */
  body(batch: BatchInfo): Promise<Uint8Array | undefined>;
  /** The host's first batch was forwarded, or given up for good. */
  settle(host: string): void;
  /** Batches that were settled and are still here, oldest first. */
  settled(): readonly BatchInfo[];
  /** Newest sample of each host as far as known at the start. */
  readonly newestAtStart: ReadonlyMap<string, number>;
  state(): QueueState;
  /** Commits what waits. Idempotent. */
  stop(): Promise<void>;
}

/** Why nothing was taken: no room, or a disk that does not write. */
export class QueueRefusal extends Error {
  readonly reason: 'full' | 'slow' | 'unwritable';

  constructor(reason: QueueRefusal['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueRefusal';
    this.reason = reason;
  }
}

const commitDelayMs = 50;
const commitRequests = 256;
/** Settled batches are marked on disk no later than this; after a kill those not marked are sent a second time. */
const idleCommitMs = 500;
/** What a disk that does not keep up may hold back in memory. */
const maxUncommittedBytes = 64 * 2 ** 20;
/** Bodies that are kept in memory until they are forwarded; beyond, they are read back. */
const maxCachedBytes = 32 * 2 ** 20;
/** What a batch costs beside its body, here and in the file. */
const overheadBytes = 256;
/** Marks of hosts that nobody heard of for so long say nothing any more: samples of that age are refused. */
const markLifeMs = 48 * 3_600_000;
const maxDeletions = 4_096;
/** Where nobody pushes, how often it is looked for batches whose time is over. */
const expiryMs = 30_000;

export async function openBatchQueue(options: BatchQueueOptions): Promise<BatchQueue> {
  const { path, maxBytes, keepSettledMs, now, log } = options;
  const thread = await startBatchThread({ path });
  if (thread.movedTo !== undefined)
    log.error('the queue is damaged; it is moved aside and the gateway goes on with an empty one', {
      path,
      moved_to: thread.movedTo,
    });
  const lanes = createHostLanes();
  const bodies = new Map<number, Uint8Array>();
  const kept = createKeptBatches();
  const listeners: ((host: string) => void)[] = [];
  let { lastId } = thread.contents;
  let [cachedBytes, writable, forgotMs] = [0, true, now()];
  let committingSinceMs: number | undefined;
  let marks = new Map<string, HostMark>();
  /** Ids that could not be deleted yet. */
  let undeleted = new Set<number>();
  const newestAtStart = new Map<string, number>();
  const commits = createGroupCommit<readonly Batch[]>({
    commit: commitGroups,
    delayMs: commitDelayMs,
    enough: commitRequests,
    idleDelayMs: idleCommitMs,
  });

  function load(): void {
    const settledIds = new Map(thread.contents.marks.map(({ host, settledId }) => [host, settledId]));
    for (const { host, newestMs } of thread.contents.marks) newestAtStart.set(host, newestMs);
    for (const batch of thread.contents.batches) {
      newestAtStart.set(batch.host, Math.max(batch.newestMs, newestAtStart.get(batch.host) ?? 0));
      if (batch.id <= (settledIds.get(batch.host) ?? 0)) keep(batch);
      else lanes.push({ ...batch, bytes: batch.bytes + overheadBytes });
    }
  }

  function keep(batch: BatchInfo): void {
    kept.add(batch, { settledMs: now(), keepMs: keepSettledMs(batch) });
  }

  /** Ids of settled batches whose time is over, or whose room is needed. */
  function takeExpired(nowMs: number): number[] {
    return kept.takeExpired({ nowMs, maxBytes: maxBytes - lanes.sums.bytes, limit: maxDeletions });
  }

  async function commitGroups(groups: readonly (readonly Batch[])[]): Promise<void> {
    const batches = groups.flat();
    const taken = marks;
    marks = new Map();
    const nowMs = now();
    const deletions = [...undeleted, ...takeExpired(nowMs)];
    const isForgetting = nowMs - forgotMs > 600_000;
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
      for (const id of deletions) undeleted.add(id);
      noteFault(cause);
      throw new QueueRefusal('unwritable', "the queue's disk cannot be written", { cause });
    } finally {
      committingSinceMs = undefined;
    }
    if (!writable) log.info('the queue can be written again', { path });
    writable = true;
    for (const batch of batches) enter(batch);
    undeleted = new Set();
  }

  function noteFault(error: unknown): void {
    if (writable) log.error('the queue cannot be written; pushes are answered 503 until it can', { path, error });
    writable = false;
  }

  function enter({ body, ...batch }: Batch): void {
    const wasWaiting = lanes.count(batch.host) > 0;
    lanes.push({ ...batch, bytes: body.length + overheadBytes });
    if (cachedBytes + body.length <= maxCachedBytes) {
      bodies.set(batch.id, body);
      cachedBytes += body.length;
    }
    if (!wasWaiting) for (const listener of listeners) listener(batch.host);
  }

  function append(batches: readonly NewBatch[]): Promise<void> {
    const bytes = batches.reduce((sum, { body }) => sum + body.length + overheadBytes, 0);
    if (lanes.sums.bytes + commits.waitingBytes() + bytes > maxBytes)
      return Promise.reject(new QueueRefusal('full', `the queue holds ${maxBytes} bytes, its limit`));
    if (commits.waitingBytes() + bytes > maxUncommittedBytes)
      return Promise.reject(new QueueRefusal('slow', "the queue's disk does not keep up"));
    const acceptedMs = now();
    const numbered = batches.map((batch) => ({ ...batch, id: ++lastId, acceptedMs }));
    return commits.add(numbered, bytes);
  }

  function settle(host: string): void {
    const batch = lanes.shift(host);
    if (batch === undefined) throw new Error(`nothing of ${host} waits that could be settled`);
    const body = bodies.get(batch.id);
    if (body !== undefined && bodies.delete(batch.id)) cachedBytes -= body.length;
    const newestMs = Math.max(batch.newestMs, marks.get(host)?.newestMs ?? 0);
    marks.set(host, { host, settledId: batch.id, newestMs });
    keep(batch);
    commits.nudge();
  }

  load();
  /** Where nobody pushes any more, what was kept must go too. */
  const expiry = setInterval(() => commits.nudge(), expiryMs);
  expiry.unref();
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    clearInterval(expiry);
    await commits.drain();
    await thread.close();
  }

  return {
    append,
    onWaiting: (listener) => void listeners.push(listener),
    hosts: () => lanes.hosts(),
    first: (host) => lanes.first(host),
    pending: (host) => lanes.count(host),
    async body(batch) {
      return bodies.get(batch.id) ?? (await thread.read([batch.id]))[0];
    },
    settle,
    settled: () => kept.list(),
    newestAtStart,
    state() {
      const oldestAcceptedMs = lanes.oldestAcceptedMs();
      return {
        ...lanes.sums,
        maxBytes,
        ...(oldestAcceptedMs === undefined ? {} : { oldestAcceptedMs }),
        settledBytes: kept.bytes(),
        isWritable: writable,
        ...(committingSinceMs === undefined ? {} : { committingSinceMs }),
      };
    },
    stop: () => (stopping ??= stop()),
  };
}
