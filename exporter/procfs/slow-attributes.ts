/**
 * Reads attributes that may block: a 1-wire sensor takes 0.8 s, the temperature of an NVMe disk is a command to the disk, and
 * before Linux 5.18 the kernel sleeps 10 ms to measure the frequency of an idle CPU.
 *
 * An attribute is read in Node's thread pool until three reads in a row were fast, then in the calling thread, which costs a
 * tenth. A slow read in the calling thread moves the attribute back to the pool; the second such read moves it there for good, because
 * the first may have been slow only because the process was waiting for a CPU. The pool has four threads for all file and DNS calls of
 * the process, so each instance occupies `lanes` of them at most.
 */
import { readFile, readFileSync } from 'node:fs';
import { tryInTime } from '../../common/program/time-limit.ts';
import { type Family, gauge } from '../exposition/family.ts';
import { isAbsent } from './sysfs.ts';
import type { ValueFaults } from './value-faults.ts';

export interface SlowReadings {
  /** The latest contents by path. An attribute that is absent or refused has no content. */
  readonly texts: ReadonlyMap<string, string>;
  /** Age of the oldest content that a previous read returned; 0 when this read returned all contents. */
  readonly ageSeconds: number;
}

/** Limits how long a read waits: `firstWaitMs` while a path has no content yet, `waitMs` when all paths have content. */
export interface SlowReadLimits {
  readonly firstWaitMs: number;
  readonly waitMs: number;
}

export interface SlowAttributesOptions {
  readonly faults: ValueFaults;
  /** Absent: 1 s and 0.1 s. */
  readonly limits?: SlowReadLimits | undefined;
  /** Returns false for attributes that are always read in the pool, because a fast device may hang later. */
  readonly mayBecomeFast?: (path: string) => boolean;
  readonly lanes?: number;
  /** Monotonic time in milliseconds, by which reads are judged as fast or slow. */
  readonly now?: () => number;
}

/**
 * Returns a function that reads all paths. Returns a promise when attributes are read in the pool; the promise resolves
 * within the limits. The read of a slower attribute continues; until it ends, the attribute has its previous content.
 */
export type SlowAttributes = (paths: readonly string[]) => SlowReadings | Promise<SlowReadings>;

const slowMs = 5;
const fastReads = 3;
const defaultLimits: SlowReadLimits = { firstWaitMs: 1_000, waitMs: 100 };
/** Duration above which a read counts as hung. */
const hungMs = 5_000;
/** Slow reads in the calling thread after which an attribute stays in the pool. */
const maxStalls = 2;
/** Maximum age of returned content. */
const maxAgeMs = 300_000;

interface Attribute {
  readonly path: string;
  /** Number of fast reads in a row; -1 when the attribute stays in the pool. */
  fast: number;
  /** Number of slow reads in the calling thread. */
  stalls: number;
  isQueued: boolean;
  wasRead: boolean;
  text: string | undefined;
  readAtMs: number;
}

export function createSlowAttributes(options: SlowAttributesOptions): SlowAttributes {
  const {
    faults,
    mayBecomeFast = () => true,
    lanes = 1,
    limits = defaultLimits,
    now = () => performance.now(),
  } = options;
  let attributes = new Map<string, Attribute>();
  const queue: Attribute[] = [];
  let idle = Promise.resolve();
  /** Start of the current read of each lane. */
  const laneStarts = new Set<{ startedMs: number }>();

  function store(attribute: Attribute, startedMs: number, result: { text: string } | { error: unknown }): void {
    const nowMs = now();
    attribute.wasRead = true;
    attribute.readAtMs = nowMs;
    attribute.text = 'text' in result ? result.text : undefined;
    if ('error' in result && !isAbsent(result.error)) faults.report(attribute.path, result.error);
    if (attribute.fast >= 0) attribute.fast = nowMs - startedMs > slowMs ? 0 : attribute.fast + 1;
  }

  function readHere(attribute: Attribute): void {
    const startedMs = now();
    try {
      store(attribute, startedMs, { text: readFileSync(attribute.path, 'utf8') });
    } catch (error) {
      store(attribute, startedMs, { error });
    }
    if (attribute.fast === 0 && ++attribute.stalls === maxStalls) attribute.fast = -1;
  }

  function readInPool(attribute: Attribute): Promise<void> {
    return new Promise((resolve) => {
      const startedMs = now();
      readFile(attribute.path, 'utf8', (error, text) => {
        attribute.isQueued = false;
        store(attribute, startedMs, error === null ? { text } : { error });
        resolve();
      });
    });
  }

  async function runLane(): Promise<void> {
    const lane = { startedMs: 0 };
    laneStarts.add(lane);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      lane.startedMs = now();
      await readInPool(next);
    }
    laneStarts.delete(lane);
  }

  /** Starts lanes for the queued attributes. While a read hangs, one lane more than `lanes` may run, so that the other attributes are read. */
  function startLanes(): void {
    const nowMs = now();
    const hasHung = [...laneStarts].some(({ startedMs }) => nowMs - startedMs > hungMs);
    const free = lanes + (hasHung ? 1 : 0) - laneStarts.size;
    const started = Array.from({ length: Math.max(0, Math.min(free, queue.length)) }, runLane);
    if (started.length > 0) idle = Promise.all([idle, ...started]).then(() => undefined);
  }

  return (paths) => {
    const startedMs = now();
    attributes = withPaths(attributes, paths, mayBecomeFast);
    const waiting: Attribute[] = [];
    for (const attribute of attributes.values()) {
      if (attribute.fast >= fastReads) readHere(attribute);
      else waiting.push(attribute);
    }
    if (waiting.length === 0) return readingsOf(attributes, startedMs, now());
    for (const attribute of waiting) {
      if (!attribute.isQueued) queue.push(attribute);
      attribute.isQueued = true;
    }
    startLanes();
    const limitMs = waiting.every(({ wasRead }) => wasRead) ? limits.waitMs : limits.firstWaitMs;
    const current = attributes;
    return tryInTime(idle, limitMs).then(() => readingsOf(current, startedMs, now()));
  };
}

/** Returns the attributes of these paths, and keeps the state of known attributes. Returns `known` itself when the paths are the same. */
function withPaths(
  known: Map<string, Attribute>,
  paths: readonly string[],
  mayBecomeFast: (path: string) => boolean,
): Map<string, Attribute> {
  if (known.size === paths.length && paths.every((path) => known.has(path))) return known;
  const create = (path: string): Attribute => ({
    path,
    fast: mayBecomeFast(path) ? 0 : -1,
    stalls: 0,
    isQueued: false,
    wasRead: false,
    text: undefined,
    readAtMs: 0,
  });
  return new Map(paths.map((path) => [path, known.get(path) ?? create(path)]));
}

function readingsOf(attributes: ReadonlyMap<string, Attribute>, startedMs: number, nowMs: number): SlowReadings {
  const texts = new Map<string, string>();
  let oldestMs = startedMs;
  for (const { path, text, readAtMs } of attributes.values()) {
    if (text === undefined || nowMs - readAtMs > maxAgeMs) continue;
    texts.set(path, text);
    oldestMs = Math.min(oldestMs, readAtMs);
  }
  return { texts, ageSeconds: oldestMs < startedMs ? (nowMs - oldestMs) / 1_000 : 0 };
}

/** Returns the family about late readings of a collector; no family when all values are new. */
export function ageFamilies(collector: string, ageSeconds: number): Family[] {
  if (ageSeconds === 0) return [];
  return [
    gauge(
      'hostpulse_collector_reading_age_seconds',
      'Age of the oldest value of a collector whose devices take longer than a scrape to read; absent when all values are new.',
      [{ labels: { collector }, value: ageSeconds }],
    ),
  ];
}
