/** The cache of slow-changing collectors. */
import { expect, test } from '@jest/globals';
import type { Family } from '../../../../exporter/exposition/family.ts';
import { holdReadings } from '../../../../exporter/push/sampler/held-readings.ts';

const family = (name: string, value: number): Family => ({
  name,
  help: 'Help.',
  type: 'counter',
  samples: [{ labels: {}, value }],
});

function collector(name: string) {
  let reads = 0;
  const read = () => {
    reads++;
    if (reads === 1 && name === 'uname') throw new Error('not yet');
    return [family(`${name}_total`, reads)];
  };
  return { name, read };
}

test('filesystem is read every 30 s, uname once, all others for every set; failures are not cached', async () => {
  let nowMs = 1_800_000_000_000;
  const held = holdReadings(['filesystem', 'uname', 'cpu'].map(collector), () => nowMs);
  const seen = new Map(held.map(({ name }) => [name, [] as (number | undefined)[]]));
  for (let instant = 0; instant < 13; instant++, nowMs += 5_000) {
    for (const { name, read } of held) {
      try {
        seen.get(name)?.push((await read(new AbortController().signal))[0]?.samples[0]?.value);
      } catch {
        seen.get(name)?.push(undefined);
      }
    }
  }
  expect(seen.get('filesystem')).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3]);
  expect(seen.get('uname')).toEqual([undefined, ...Array<number>(12).fill(2)]);
  expect(seen.get('cpu')).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
});
