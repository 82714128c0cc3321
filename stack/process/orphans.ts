/** Ends the parts that a killed `up` left running: recorded by id and start time, so that no other process is ever hit. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../common/program/log.ts';
import { tryStartTicks } from './process-identity.ts';

export interface RunningPart {
  readonly name: string;
  readonly pid: number;
  readonly startTicks: string;
}

/** Records the parts that run now. Only an `up` that holds the lock writes it. */
export function recordParts(file: string, parts: readonly RunningPart[]): void {
  if (parts.length === 0) rmSync(file, { force: true });
  else writeFileSync(file, JSON.stringify(parts), { mode: 0o600 });
}

const patienceMs = 10_000;
const pollMs = 50;

/** Ends what an earlier `up` recorded and still runs: SIGTERM, after 10 s SIGKILL. */
export async function endLeftovers(file: string, log: Log): Promise<void> {
  const left = readParts(file).filter(isRunning);
  for (const { name, pid } of left) {
    log.warn('ending a part that an earlier run left', { part: name, pid });
    process.kill(pid, 'SIGTERM');
  }
  const deadline = Date.now() + patienceMs;
  while (left.some(isRunning) && Date.now() < deadline) await sleep(pollMs);
  for (const part of left.filter(isRunning)) process.kill(part.pid, 'SIGKILL');
  while (left.some(isRunning)) await sleep(pollMs);
}

function isRunning({ pid, startTicks }: RunningPart): boolean {
  return tryStartTicks(pid) === startTicks;
}

function readParts(file: string): readonly RunningPart[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
  return JSON.parse(text) as RunningPart[];
}
