/**
 * Renders PNGs in a child process that ends when it is idle. A picture takes 30 ms, which would block the relay's event loop,
 * and 35 MiB, which only an exit releases. A hanging child can be killed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createSlots } from '../../common/prometheus/connection.ts';
import type { RasterAnswer } from './raster-process.ts';

export interface Raster {
  /** Rejects if the SVG is invalid or the signal is aborted. */
  render(svg: string, signal: AbortSignal): Promise<Buffer>;
  /** Ends the child process. Idempotent. A later `render` starts a new one. */
  stop(): void;
}

/** How long the child process waits for the next picture. */
const idleMs = 10_000;

export function createRaster(): Raster {
  const slots = createSlots({ count: 1 });
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;

  function start(): ChildProcess {
    const suffix = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
    const started = fork(new URL(`./raster-process.${suffix}`, import.meta.url), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--expose-gc'], // images are outside of the heap and are freed only by an explicit collection
      env: { PATH: process.env['PATH'] }, // no secret of the relay's environment
    });
    started.unref();
    started.channel?.unref();
    const forget = (): void => {
      if (child === started) child = undefined;
    };
    started.on('exit', forget);
    started.on('error', forget); // `ask` reports it
    return started;
  }

  function stop(): void {
    clearTimeout(idle);
    child?.kill('SIGKILL');
    child = undefined;
  }

  async function renderAlone(svg: string, signal: AbortSignal): Promise<Buffer> {
    clearTimeout(idle);
    const own = (child ??= start());
    try {
      const { png, error } = await ask(own, svg, signal);
      if (png === undefined) throw new Error(`the picture was not drawn: ${error}`);
      return Buffer.from(png);
    } catch (error) {
      stop(); // the child may still be busy with the aborted picture
      throw error;
    } finally {
      idle = setTimeout(stop, idleMs).unref();
    }
  }

  return { render: (svg, signal) => slots.run(() => renderAlone(svg, signal), signal), stop };
}

function ask(child: ChildProcess, svg: string, signal: AbortSignal): Promise<RasterAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
      signal.removeEventListener('abort', onAbort);
      child.unref();
      child.channel?.unref();
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    const onMessage = (answer: unknown): void => {
      settle();
      resolve(answer as RasterAnswer);
    };
    const onExit = (code: number | null): void => fail(new Error(`the renderer ended with ${code ?? 'a signal'}`));
    const onError = (error: Error): void => fail(error);
    const onAbort = (): void => fail(signal.reason as Error);
    child.once('message', onMessage);
    child.once('exit', onExit);
    child.once('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    signal.throwIfAborted();
    child.ref();
    child.channel?.ref();
    child.send(svg, (error) => error !== null && fail(error));
  });
}
