/** Runs one component: launched, awaited until ready, restarted with backoff when it exits, stopped on request. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, messageOf } from '../../common/program/log.ts';
import { StartError } from '../../common/program/program.ts';
import { type LogFile, openLogFile } from './log-file.ts';
import type { RunningComponent } from './orphans.ts';
import { tryStartTicks } from './orphans.ts';
import { type Action, type ComponentEvent, type ComponentState, decide } from './restart-policy.ts';

/** How to run a component and how to tell that it is ready. */
export interface ComponentSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Answers 200 once the component can do its work. */
  readonly readyUrl: string;
  /** Headers of the readiness request; called at each request. */
  readonly readyHeaders?: () => Readonly<Record<string, string>>;
  /** Returns what to mend, from the output of a launch that failed. Undefined: the output says it. */
  readonly explain?: (output: string) => string | undefined;
  /** Runs before each launch, restarts included. When it throws, the component is not launched. */
  readonly prepare?: (log: Log) => Promise<void>;
}

export interface Component {
  readonly name: string;
  /**
   * Resolves when the component is ready, or when it was stopped meanwhile. Throws a `StartError` of one line when the
   * component cannot be prepared, exits before it is ready, or is not ready within 90 s. The component is retried all the same.
   */
  start(): Promise<void>;
  /** Sends SIGTERM, after 15 s SIGKILL, and waits for the exit. No restart follows. Idempotent. */
  stop(): Promise<void>;
  /** The running process; undefined while there is none. */
  running(): RunningComponent | undefined;
}

export interface Supervision {
  readonly log: Log;
  /** Called when the set of running processes changes. */
  readonly onChange: () => void;
  /** Called when a log file cannot be written or opened; the component keeps running. */
  readonly onLogFault: (fault: unknown) => void;
  readonly random?: () => number;
}

const readyLimitMs = 90_000;
const readyPollMs = 100;
const requestLimitMs = 2_000;
const stopLimitMs = 15_000;
/** How long output is awaited after the exit: a process that the component started may keep the pipe open. */
const drainLimitMs = 1_000;
const rotateBytes = 16 * 2 ** 20;
const recentChars = 32 * 2 ** 10;

export function createComponent(
  spec: ComponentSpec,
  { log, onChange, onLogFault, random = Math.random }: Supervision,
): Component {
  const ready = Promise.withResolvers<void>();
  const down = Promise.withResolvers<void>();
  let state: ComponentState = { phase: 'new' };
  let child: ChildProcess | undefined;
  let logFile: LogFile | undefined;
  /** The end of the output between launch and readiness, for the reason of a failure. */
  let recentOutput = '';
  let isAwaitingReady = false;
  let backoffTimer: NodeJS.Timeout | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  let lastFault: string | undefined;
  ready.promise.catch(() => undefined); // start() reports it

  function dispatch(event: ComponentEvent, fault?: string): void {
    const decision = decide(state, event, { nowMs: performance.now(), random });
    state = decision.state;
    if (decision.action !== undefined) perform(decision.action, event, fault);
  }

  function perform(action: Action, event: ComponentEvent, fault = 'stopped'): void {
    switch (action.kind) {
      case 'prepare':
        void prepare();
        return;
      case 'launch':
        launch();
        return;
      case 'back-off':
        report(event, fault, action.delayMs);
        ready.reject(new StartError(fault));
        backoffTimer = setTimeout(() => dispatch('backoff-ended'), action.delayMs);
        return;
      case 'terminate':
        terminate();
        return;
      case 'finish':
        clearTimeout(backoffTimer);
        clearTimeout(killTimer);
        logFile?.close();
        ready.resolve();
        down.resolve();
    }
  }

  /** A preparation that fails again for the same reason is not logged again. */
  function report(event: ComponentEvent, fault: string, delayMs: number): void {
    const fields = { component: spec.name, delay_ms: delayMs };
    const hasBeenReady = state.phase === 'backing-off' && state.hasBeenReady;
    if (event === 'exited' && hasBeenReady)
      log.warn('a component exited; restarting it', { ...fields, how: fault, log: spec.logFile });
    else if (fault !== lastFault) log.error('a component cannot be launched; retrying', { ...fields, reason: fault });
    lastFault = event === 'exited' && hasBeenReady ? undefined : fault;
  }

  async function prepare(): Promise<void> {
    try {
      await spec.prepare?.(log);
    } catch (error) {
      return dispatch('prepare-failed', messageOf(error));
    }
    dispatch('prepared');
  }

  function launch(): void {
    recentOutput = '';
    isAwaitingReady = true;
    let launched: ChildProcess;
    try {
      logFile ??= openLogFile({ path: spec.logFile, maxBytes: rotateBytes, onFault: onLogFault });
      // A process group for each component: Ctrl-C in a terminal reaches only `up`, which stops its components in order.
      launched = spawn(spec.command, spec.args, {
        cwd: spec.cwd,
        detached: process.platform !== 'win32',
        env: { ...spec.environment, HOSTPULSE_STOP_WITH_STDIN: '1' },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
    } catch (error) {
      onExit(messageOf(error));
      return;
    }
    child = launched;
    launched.stdin?.on('error', () => undefined); // the exit is reported
    for (const stream of [launched.stdout, launched.stderr]) stream?.on('data', takeOutput);
    void exitOf(launched).then(onExit);
    onChange();
    void awaitReady(launched);
  }

  function takeOutput(chunk: Buffer): void {
    logFile?.write(chunk);
    if (isAwaitingReady) recentOutput = (recentOutput + chunk.toString()).slice(-recentChars);
  }

  function onExit(how: string): void {
    child = undefined;
    onChange();
    const isFirst = state.phase === 'running' && !state.hasBeenReady;
    dispatch('exited', isFirst ? `${spec.name} ended with ${how} before it was ready: ${renderOutput()}` : how);
  }

  async function awaitReady(launched: ChildProcess): Promise<void> {
    const deadlineMs = performance.now() + readyLimitMs;
    while (child === launched && state.phase === 'running') {
      if (await isReady(spec)) {
        if (child !== launched || state.phase !== 'running') return;
        if (state.hasBeenReady) log.info('the component is ready again', { component: spec.name });
        else if (state.failures > 0) log.info('the component is ready', { component: spec.name });
        isAwaitingReady = false;
        dispatch('ready');
        ready.resolve();
        return;
      }
      if (performance.now() > deadlineMs) {
        const message = `${spec.name} was not ready within ${readyLimitMs / 1_000} s: ${renderOutput()}`;
        if (state.hasBeenReady) log.error('the restarted component is not ready', { reason: message });
        ready.reject(new StartError(message));
        return;
      }
      await sleep(readyPollMs);
    }
  }

  function terminate(): void {
    child?.kill('SIGTERM');
    killTimer = setTimeout(() => {
      log.warn('a component did not stop; killing it', { component: spec.name, limit_ms: stopLimitMs });
      child?.kill('SIGKILL');
    }, stopLimitMs);
    ready.resolve();
  }

  /** The lines since the launch that report errors, else the last ones, in one line without times. */
  function renderOutput(): string {
    const lines = recentOutput.trimEnd().split('\n');
    const errors = lines.filter((line) => /\blevel=error\b|\berr=/i.test(line));
    const shown = (errors.length > 0 ? errors : lines).slice(-8);
    const text = shown.map((line) => line.replaceAll(/\b(?:ts|time|caller|source)=\S+ ?/g, '').trim()).join(' | ');
    const hint = spec.explain?.(recentOutput);
    return `${hint === undefined ? '' : `${hint}: `}${text} (log: ${spec.logFile})`;
  }

  return {
    name: spec.name,
    start() {
      dispatch('start');
      return ready.promise;
    },
    stop() {
      dispatch('stop');
      return down.promise;
    },
    running() {
      const pid = child?.pid;
      const startTicks = pid === undefined ? undefined : tryStartTicks(pid);
      return pid === undefined || startTicks === undefined ? undefined : { name: spec.name, pid, startTicks };
    },
  };
}

/** Resolves with a description of the exit once the output was read to its end. */
async function exitOf(child: ChildProcess): Promise<string> {
  const exited = Promise.withResolvers<string>();
  const drained = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('error', (error) => exited.resolve(error.message));
  child.once('exit', (code, signal) => exited.resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  const how = await exited.promise;
  await Promise.race([drained, sleep(drainLimitMs, undefined, { ref: false })]);
  return how;
}

/** Sends the request over a bare socket: `fetch` and `node:http` take 10 MiB and 2 MiB of the supervisor's memory. */
function isReady({ readyUrl, readyHeaders }: ComponentSpec): Promise<boolean> {
  const { hostname, port, pathname, host } = new URL(readyUrl);
  const headers = { host, connection: 'close', ...readyHeaders?.() };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () =>
      socket.write(`GET ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`),
    );
    const finish = (status: string): void => {
      resolve(status.startsWith('HTTP/1.1 200 '));
      socket.destroy();
    };
    socket.setTimeout(requestLimitMs, () => finish('timeout'));
    socket.once('data', (chunk) => finish(chunk.toString('latin1')));
    socket.once('end', () => finish('closed')).once('error', () => finish('not listening yet'));
  });
}
