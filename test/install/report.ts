/** Prints the output of programs, and waits until a condition on a machine is true. */
import { eventually } from '../support/eventually.ts';
import { say } from '../support/printed-checks.ts';

/** Prints the output of a program, indented. */
export function quote(text: string): void {
  say(text.trim().replaceAll(/^/gm, '      | '));
}

/** Returns the seconds until the condition is true. An error of the condition counts as false. Throws after the limit. */
export async function until(what: string, limitMs: number, isTrue: () => boolean): Promise<number> {
  const startMs = performance.now();
  await eventually({ what, limitMs, pollMs: 200 }, () => (isTrue() ? true : undefined));
  return (performance.now() - startMs) / 1_000;
}
