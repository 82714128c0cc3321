/** Output and expectations of the installation test. */
import { setTimeout as sleep } from 'node:timers/promises';

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints the output of a program, indented. */
export function quote(text: string): void {
  say(text.trim().replaceAll(/^/gm, '      | '));
}

/** Throws unless the condition is true. */
export function expect(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`expected: ${what}`);
  say(`ok    ${what}`);
}

/** Returns the seconds until the condition is true. Throws after the limit. */
export async function until(what: string, limitMs: number, isTrue: () => boolean): Promise<number> {
  const startMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - startMs > limitMs) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
    await sleep(200);
  }
  return (performance.now() - startMs) / 1_000;
}
