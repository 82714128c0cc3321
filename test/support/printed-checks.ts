/** Prints the progress of tests that run outside jest. */

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints the expectation when `isTrue` is true, otherwise throws. */
export function expectTrue(expectation: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`expected: ${expectation}`);
  say(`ok    ${expectation}`);
}
