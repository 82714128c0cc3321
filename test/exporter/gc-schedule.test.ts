/** When garbage is collected in full. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createCollectNowAndThen } from '../../exporter/gc-schedule.ts';

test('once every 100 pages, and never while a page is answered', async () => {
  let collections = 0;
  const onAnswered = createCollectNowAndThen(() => {
    collections += 1;
  });
  for (let page = 1; page <= 1_000; page++) {
    const before = collections;
    onAnswered();
    expect(collections).toBe(before);
    if (page % 50 === 0) await turn();
  }
  expect(collections).toBe(10);
});

test('V8 alone decides where Node offers no collection', () => {
  const onAnswered = createCollectNowAndThen(undefined);
  for (let page = 0; page < 400; page++) expect(() => onAnswered()).not.toThrow();
});
