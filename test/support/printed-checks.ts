/** Prints the progress of proofs that run outside jest. */

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints the expectation when it is true. Throws when it is not. */
export function expectTrue(expectation: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`expected: ${expectation}`);
  say(`ok    ${expectation}`);
}
