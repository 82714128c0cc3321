/** The schedule of full garbage collections. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createGcSchedule } from '../../exporter/gc-schedule.ts';

test('collects once every 100 pages, and after the page was sent', async () => {
  let collections = 0;
  const onPageSent = createGcSchedule(() => {
    collections += 1;
  });
  for (let page = 1; page <= 1_000; page++) {
    const before = collections;
    onPageSent();
    expect(collections).toBe(before);
    if (page % 50 === 0) await turn();
  }
  expect(collections).toBe(10);
});

test('leaves collection to V8 when Node exposes none', () => {
  const onPageSent = createGcSchedule(undefined);
  for (let page = 0; page < 400; page++) expect(() => onPageSent()).not.toThrow();
});
