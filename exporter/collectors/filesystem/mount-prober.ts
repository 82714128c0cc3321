/**
 * Reads the usage of mounts that may hang, with one `stat -f` child process per mount. A hung child blocks neither the
 * exporter nor its exit, whereas a thread that hangs in statfs, such as a thread of Node's pool, prevents the exit until SIGKILL.
 * Decision: docs/decisions/hung-mounts.md
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { childEnvironment } from '../../../common/program/child-environment.ts';
import {
  parseStatFault,
  parseStatOutput,
  type StatCommand,
  statCommand,
  type UsageReading,
} from './filesystem-usage.ts';
import { stuckReading as stuck } from './local-mounts.ts';

export interface MountProberOptions {
  /** Age after which a running child is stuck: no read waits for its mount until the child ends. */
  readonly timeoutMs: number;
  /** Limit of children that start concurrently. */
  readonly concurrency: number;
  /** Time limit of one read of all mounts. Must be below the scrape interval. */
  readonly limitMs?: number;
  /** Path of the program that a child runs. Absent: the system's `stat`. */
  readonly command?: string;
}

export interface MountProber {
  /**
   * Returns the readings by path. Settles within `limitMs`, never rejects, and runs at most one child per path.
   *
   * A path without a reading was not read, because other mounts used up the time. A result that arrived after the previous
   * read had ended is returned when the current one is late as well: a slow mount is one read old instead of missing.
   */
  readAll(paths: readonly string[]): Promise<ReadonlyMap<string, UsageReading>>;
}

/** Time that a child occupies its slot. A slower child continues, and the next child starts. */
const slotMs = 200;
const maxLateAgeMs = 60_000;

interface Probe {
  readonly startedMs: number;
  readonly result: Promise<UsageReading>;
}

export function createMountProber(options: MountProberOptions): MountProber {
  const { timeoutMs, concurrency, limitMs = 1000, command } = options;
  const running = new Map<string, Probe>();
  const late = new Map<string, { readonly reading: UsageReading; readonly atMs: number }>();
  const children = createChildren();

  function start(path: string): Probe {
    const result = children.run(statCommand(path, command)).then((reading) => {
      running.delete(path);
      late.set(path, { reading, atMs: performance.now() });
      return reading;
    });
    const probe = { startedMs: performance.now(), result };
    running.set(path, probe);
    return probe;
  }

  function takeLate(path: string): UsageReading | undefined {
    const last = late.get(path);
    late.delete(path);
    return last !== undefined && performance.now() - last.atMs < maxLateAgeMs ? last.reading : undefined;
  }

  async function readAll(paths: readonly string[]): Promise<ReadonlyMap<string, UsageReading>> {
    const readings = new Map<string, UsageReading>();
    const before = new Map(paths.map((path) => [path, takeLate(path)]));
    for (const path of late.keys()) if (!before.has(path)) late.delete(path);
    const limit = startTimer(Math.min(limitMs, timeoutMs));
    let isOver = false;
    const wait = async (path: string, { result }: Probe) => {
      const reading = await result;
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

/** Runs children that do not keep this process alive; kills the remaining ones when this process exits. */
function createChildren(): { run(call: StatCommand): Promise<UsageReading> } {
  const alive = new Set<ChildProcess>();
  return {
    run({ command, args }) {
      if (alive.size === 0) process.once('exit', killAll);
      const { promise, resolve } = Promise.withResolvers<UsageReading>();
      const child = spawn(command, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...childEnvironment(process.env), LC_ALL: 'C' },
      });
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
