/** Keeps one part running: started, awaited until ready, restarted with backoff when it dies, stopped in order. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, messageOf } from '../../common/program/log.ts';
import { StartError } from '../../common/program/program.ts';
import { backoffMs } from '../../common/program/retry.ts';
import type { RunningPart } from './orphans.ts';
import { tryStartTicks } from './process-identity.ts';

/** How to run one part and how to tell that it is ready. */
export interface PartSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
  /** Answers 200 once the part can do its work. */
  readonly readyUrl: string;
  readonly readyHeaders: Readonly<Record<string, string>>;
  /** What has to be right before each launch, restarts included. Throws a `StartError` when it cannot be made so. */
  readonly prepare?: (log: Log) => Promise<void>;
}

export interface Part {
  readonly spec: PartSpec;
  /** Resolves when the part is ready. Throws a `StartError` when it dies first or is not ready in time. */
  start(): Promise<void>;
  /** SIGTERM, after 15 s SIGKILL. Idempotent; a part that is being restarted stays down. */
  stop(): Promise<void>;
  /** The process that runs now; undefined between a death and the restart. */
  running(): RunningPart | undefined;
}

const readyLimitMs = 90_000;
const readyPollMs = 100;
const stopLimitMs = 15_000;
/** A part that lived this long starts its backoff anew. */
const settledMs = 60_000;
const rotateBytes = 16 * 2 ** 20;

export interface Supervision {
  readonly log: Log;
  /** Called whenever the set of running processes changed. */
  readonly onChange: () => void;
}

export function createPart(spec: PartSpec, { log, onChange }: Supervision): Part {
  let child: ChildProcess | undefined;
  let exited: Promise<string> = Promise.resolve('never started');
  let isStopping = false;
  let logStart = 0;
  const stopping = new AbortController();

  function launch(): void {
    rotate(spec.logFile);
    logStart = statSync(spec.logFile, { throwIfNoEntry: false })?.size ?? 0;
    const output = openSync(spec.logFile, 'a', 0o600);
    // A group of its own: Ctrl-C in a terminal must reach only `up`, which stops its parts in order.
    const started = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      detached: process.platform !== 'win32',
      env: { ...process.env, ...spec.env, HOSTPULSE_STOP_WITH_STDIN: '1' },
      stdio: ['pipe', output, output],
    });
    closeSync(output);
    child = started;
    exited = new Promise((resolve) => {
      started.once('error', (error) => resolve(error.message));
      started.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
    onChange();
  }

  async function start(): Promise<void> {
    await spec.prepare?.(log);
    if (isStopping) return;
    launch();
    await becomeReady();
    void superviseFrom(Date.now());
  }

  async function becomeReady(): Promise<void> {
    const deadline = Date.now() + readyLimitMs;
    const died = exited.then((how) => ({ how }));
    while (Date.now() < deadline) {
      if (isStopping) return;
      const result = await Promise.race([isReady(spec), died]);
      if (result === true) return;
      if (result !== false)
        throw new StartError(
          `${spec.name} ended with ${result.how} before it was ready\n${whySince(spec.logFile, logStart)}`,
        );
      await sleep(readyPollMs);
    }
    throw new StartError(
      `${spec.name} was not ready within ${readyLimitMs / 1_000} s\n${whySince(spec.logFile, logStart)}`,
    );
  }

  /** Restarts the part for as long as nobody stops it. */
  async function superviseFrom(startedMs: number): Promise<void> {
    let lastStartMs = startedMs;
    let attempts = 0;
    for (;;) {
      const how = await exited;
      child = undefined;
      onChange();
      if (isStopping) return;
      attempts = Date.now() - lastStartMs > settledMs ? 1 : attempts + 1;
      const delayMs = 200 + backoffMs({ attempts, firstMs: 500, maxMs: 30_000, random: Math.random });
      log.warn('a part died; restarting it', { part: spec.name, how, delay_ms: delayMs, log: spec.logFile });
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(ignoreAbort);
      if (isStopping) return;
      lastStartMs = Date.now();
      await spec
        .prepare?.(log)
        .catch((error: unknown) => log.error('a part may not start', { part: spec.name, error: messageOf(error) }));
      if (isStopping) return;
      launch();
      await becomeReady().then(
        () => isStopping || log.info('the part is ready again', { part: spec.name }),
        (error: unknown) => log.error('the restarted part is not ready', { part: spec.name, error: messageOf(error) }),
      );
    }
  }

  async function stop(): Promise<void> {
    isStopping = true;
    stopping.abort();
    const current = child;
    if (current === undefined) return;
    current.kill('SIGTERM');
    const timer = setTimeout(() => {
      log.warn('a part did not stop; killing it', { part: spec.name, limit_ms: stopLimitMs });
      current.kill('SIGKILL');
    }, stopLimitMs);
    await exited;
    clearTimeout(timer);
    child = undefined;
    onChange();
  }

  function running(): RunningPart | undefined {
    const pid = child?.pid;
    const startTicks = pid === undefined ? undefined : tryStartTicks(pid);
    return pid === undefined || startTicks === undefined ? undefined : { name: spec.name, pid, startTicks };
  }

  return { spec, start, stop, running };
}

async function isReady({ readyUrl, readyHeaders }: PartSpec): Promise<boolean> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 2_000);
  try {
    const response = await fetch(readyUrl, { headers: readyHeaders, signal: abort.signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // not listening yet: asked again until the limit
  } finally {
    clearTimeout(timer);
  }
}

function ignoreAbort(error: unknown): void {
  if ((error as { name?: string }).name !== 'AbortError') throw error;
}

function rotate(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > rotateBytes) renameSync(file, `${file}.1`);
}

/** What the part said of its failure since it was started: the lines that report errors, else the last ones. */
function whySince(file: string, start: number): string {
  const lines = readFileSync(file).subarray(start).toString().trimEnd().split('\n');
  const errors = lines.filter((line) => /\blevel=error\b|\berr=/.test(line));
  const shown = (errors.length > 0 ? errors : lines).slice(-8);
  return [`from ${file}:`, ...shown.map((line) => `  ${line}`)].join('\n');
}
