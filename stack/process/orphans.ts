/** Ends the components that a killed `up` left running. Process ids are recorded with start times: a reused id is never signalled. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../common/program/log.ts';

export interface RunningComponent {
  readonly name: string;
  readonly pid: number;
  readonly startTicks: string;
}

/** Writes the components that run now to the file, or deletes the file when none runs. The caller holds the lock. */
export function recordComponents(file: string, components: readonly RunningComponent[]): void {
  if (components.length === 0) rmSync(file, { force: true });
  else writeFileSync(file, JSON.stringify(components), { mode: 0o600 });
}

const stopLimitMs = 10_000;
const pollMs = 50;

/** Ends the recorded processes that still run: SIGTERM, after 10 s SIGKILL. */
export async function endOrphans(file: string, log: Log): Promise<void> {
  const left = readComponents(file).filter(isRunning);
  for (const { name, pid } of left) {
    log.warn('ending a component that an earlier run left', { component: name, pid });
    process.kill(pid, 'SIGTERM');
  }
  const deadline = Date.now() + stopLimitMs;
  while (left.some(isRunning) && Date.now() < deadline) await sleep(pollMs);
  for (const { pid } of left.filter(isRunning)) process.kill(pid, 'SIGKILL');
  while (left.some(isRunning)) await sleep(pollMs);
}

function isRunning({ pid, startTicks }: RunningComponent): boolean {
  return tryStartTicks(pid) === startTicks;
}

/** Returns the recorded components, of which some may have ended. */
export function readComponents(file: string): readonly RunningComponent[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
  return JSON.parse(text) as RunningComponent[];
}

/** Returns the clock ticks since boot at which the process started; undefined when it is gone, or where there is no procfs. */
export function tryStartTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses, which may hold blanks; starttime is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
