/** Progress of a repair: one line redrawn on a terminal, a line for each tenth elsewhere. */
import { expect, test } from '@jest/globals';
import { createProgress } from '../../../bin/tiers/tiers-output.ts';

function drawn(shares: readonly number[], { isTTY }: { readonly isTTY: boolean }): string {
  let text = '';
  const progress = createProgress('1m', { isTTY, write: (more: string) => (text += more) });
  for (const share of shares) progress(share);
  return text;
}

test('on a terminal: a bar, and a line feed at the end', () => {
  expect(drawn([0.25, 1], { isTTY: true })).toBe(
    `\r1m [${'#'.repeat(10)}${'.'.repeat(30)}]  25 %\r1m [${'#'.repeat(40)}] 100 %\n`,
  );
});

test('elsewhere: a line for each tenth, independent of the number of steps', () => {
  const shares = Array.from({ length: 300 }, (_, at) => (at + 1) / 300);
  const lines = drawn(shares, { isTTY: false }).split('\n');
  expect(lines).toEqual([...Array.from({ length: 10 }, (_, at) => `1m: ${(at + 1) * 10} %`), '']);
  expect(drawn([0.5, 1], { isTTY: false })).toBe('1m: 50 %\n1m: 100 %\n');
});
