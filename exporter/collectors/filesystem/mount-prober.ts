/**
 * Asks mounts that may never answer, by a `stat -f` child each: a child can hang without hanging the exporter, and the
 * exporter can exit without it. (A thread stuck in statfs, Node's own pool's too, makes exit impossible short of SIGKILL.)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { parseStatFault, parseStatOutput, statArguments, type UsageReading } from './filesystem-usage.ts';

export interface MountProberOptions {
  /** Age from which a child that has not answered is stuck: no scrape waits for its mount again until it ends. */
  readonly timeoutMs: number;
  /** New children at a time. */
  readonly concurrency: number;
  /** What one reading waits at most, whatever the number of mounts; Prometheus itself gives a scrape no longer than its interval. */
  readonly answerMs?: number;
  /** The program, for tests of what it may say. */
  readonly command?: string;
}

/**
 * Guarantees of `readAll`: settles within `answerMs`, never rejects, and has at most one child a path alive.
 * A path that is not in the answer was not asked: others took the time. An answer that came after an earlier reading
 * had ended stands in when the new one is late too, so that a slow mount is old by one reading, not lost.
 */
export interface MountProber {
  readAll(paths: readonly string[]): Promise<ReadonlyMap<string, UsageReading>>;
}

/** node_exporter's words. */
const stuck: UsageReading = { fault: 'mountpoint timeout' };
/** After this a child gives its place to the next one, but may still answer. */
const slotMs = 200;
const maxLateAgeMs = 60_000;

interface Probe {
  readonly startedMs: number;
  readonly answer: Promise<UsageReading>;
}

export function createMountProber(options: MountProberOptions): MountProber {
  const { timeoutMs, concurrency, answerMs = 1000, command = 'stat' } = options;
  const running = new Map<string, Probe>();
  const late = new Map<string, { readonly reading: UsageReading; readonly atMs: number }>();
  const children = createChildren();

  function start(path: string): Probe {
    const answer = children.run(command, statArguments(path)).then((reading) => {
      running.delete(path);
      late.set(path, { reading, atMs: performance.now() });
      return reading;
    });
    const probe = { startedMs: performance.now(), answer };
    running.set(path, probe);
    return probe;
  }

  function takeLate(path: string): UsageReading | undefined {
    const answer = late.get(path);
    late.delete(path);
    return answer !== undefined && performance.now() - answer.atMs < maxLateAgeMs ? answer.reading : undefined;
  }

  async function readAll(paths: readonly string[]): Promise<ReadonlyMap<string, UsageReading>> {
    const readings = new Map<string, UsageReading>();
    const before = new Map(paths.map((path) => [path, takeLate(path)]));
    for (const path of late.keys()) if (!before.has(path)) late.delete(path);
    const limit = startTimer(Math.min(answerMs, timeoutMs));
    let isOver = false;
    const wait = async (path: string, { answer }: Probe) => {
      const reading = await answer;
      if (isOver) return;
      late.delete(path);
      readings.set(path, reading);
    };
    const fresh: string[] = [];
    const waits: Promise<void>[] = [];
    for (const path of paths) {
      const probe = running.get(path);
      if (probe === undefined) fresh.push(path);
      else if (performance.now() - probe.startedMs < timeoutMs) waits.push(wait(path, probe));
      else readings.set(path, stuck);
    }
    const work = async () => {
      for (let path = fresh.shift(); path !== undefined && !isOver; path = fresh.shift()) {
        const waiting = wait(path, start(path));
        waits.push(waiting);
        const slot = startTimer(slotMs);
        await Promise.race([waiting, slot.ended, limit.ended]);
        slot.stop();
      }
    };
    const workers = Array.from({ length: Math.max(concurrency, 1) }, work);
    await Promise.race([Promise.all(workers).then(() => Promise.all(waits)), limit.ended]);
    isOver = true;
    limit.stop();
    for (const path of paths) {
      const reading = readings.get(path) ?? before.get(path) ?? (running.has(path) ? stuck : undefined);
      if (reading !== undefined) readings.set(path, reading);
    }
    return readings;
  }

  return { readAll };
}

function startTimer(delayMs: number): { readonly ended: Promise<void>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  return { ended: promise, stop: () => clearTimeout(timer) };
}

/** Runs children that do not keep this process alive, and kills those left when it exits. */
function createChildren(): { run(command: string, args: readonly string[]): Promise<UsageReading> } {
  const alive = new Set<ChildProcess>();
  return {
    run(command, args) {
      if (alive.size === 0) process.once('exit', killAll);
      const { promise, resolve } = Promise.withResolvers<UsageReading>();
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
      const texts = { out: '', err: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
      child.unref();
      (child.stdout as Socket).unref();
      (child.stderr as Socket).unref();
      alive.add(child);
      const finish = (reading: UsageReading) => {
        alive.delete(child);
        if (alive.size === 0) process.off('exit', killAll);
        resolve(reading);
      };
      child.once('error', (cause) => finish({ fault: `cannot run ${command}: ${cause.message}` }));
      child.once('close', (code) => finish(code === 0 ? readingOf(texts.out) : { fault: parseStatFault(texts.err) }));
      return promise;
    },
  };

  function killAll(): void {
    for (const child of alive) child.kill('SIGKILL');
  }
}

function readingOf(output: string): UsageReading {
  try {
    return { usage: parseStatOutput(output) };
  } catch (thrown) {
    return { fault: Error.isError(thrown) ? thrown.message : String(thrown) };
  }
}
