/** Scrapes of collectors that fail, hang, overlap and conflict. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { CollectorRead } from '../../exporter/collector/collector.ts';
import { type Family, single } from '../../exporter/exposition/family.ts';
import { createScrape } from '../../exporter/scrape.ts';
import { endsWithin } from '../support/ends-within.ts';
import { createLogLines } from '../support/log-lines.ts';

const limitMs = 60;

const works: CollectorRead = () => [single('node_works', 'It works.', 'gauge', 1)];
const hangs: CollectorRead = () => new Promise<readonly Family[]>(() => undefined);
const throws: CollectorRead = () => {
  throw new Error('reading /proc/x', { cause: new Error('no such file') });
};

function createCase(reads: Readonly<Record<string, CollectorRead>>) {
  const logged = createLogLines();
  const scrape = createScrape(
    Object.entries(reads).map(([name, read]) => ({ name, read })),
    logged.log,
  );
  return { scrape, logged };
}

/** Values by series of the families with these names. */
function valuesOf(families: readonly Family[], name: string): Record<string, number> {
  const found = families.filter((family) => family.name === name);
  expect(found).toHaveLength(1);
  return Object.fromEntries(
    (found[0]?.samples ?? []).map(({ labels, value }) => [Object.values(labels).join(','), value]),
  );
}

const success = 'node_scrape_collector_success';
const duration = 'node_scrape_collector_duration_seconds';

describe('isolation', () => {
  test('a collector that throws, rejects or hangs costs only its own series', async () => {
    const rejects: CollectorRead = () => Promise.reject(new Error('later'));
    const { scrape } = createCase({ hangs, throws, works, rejects }); // first: its duration does not depend on the others
    // Node starts a timer at the time of the current turn. If this turn also compiled the code, the limit would end early.
    await createCase({ works }).scrape({ limitMs });
    await nextTurn();
    const families = await scrape({ limitMs });
    expect(families.map(({ name }) => name)).toEqual(['node_works', duration, success]);
    expect(valuesOf(families, success)).toEqual({ throws: 0, works: 1, rejects: 0, hangs: 0 });
    const durations = valuesOf(families, duration);
    expect(Object.keys(durations)).toEqual(['hangs', 'throws', 'works', 'rejects']);
    expect(durations['works']).toBeGreaterThanOrEqual(0);
    expect(durations['works']).toBeLessThan(durations['hangs'] ?? 0);
    expect(durations['hangs']).toBeGreaterThan((limitMs - 5) / 1_000);
  });

  test('the signal aborts at the time limit, with the limit as its reason', async () => {
    const abortable: CollectorRead = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { scrape, logged } = createCase({ abortable });
    expect(valuesOf(await scrape({ limitMs }), success)).toEqual({ abortable: 0 });
    expect(String(logged.lines()[0]?.['error'])).toContain(`${limitMs} ms`);
  });

  test('a host without data is neither logged nor a success', async () => {
    const { scrape, logged } = createCase({ none: () => [] });
    const families = await scrape({ limitMs });
    expect(valuesOf(families, success)).toEqual({ none: 0 });
    expect(logged.lines()).toEqual([]);
  });

  test('only the wanted collectors run', async () => {
    const { scrape } = createCase({ works, throws });
    const families = await scrape({ limitMs, isWanted: (name) => name === 'works' });
    expect(valuesOf(families, success)).toEqual({ works: 1 });
  });
});

describe('the log', () => {
  test('has one line for a failure, with its causes, and one for the recovery', async () => {
    let isBroken = true;
    const { scrape, logged } = createCase({
      sometimes: (signal) => (isBroken ? throws(signal) : works(signal)),
    });
    for (let time = 0; time < 3; time++) await scrape({ limitMs });
    expect(logged.lines()).toHaveLength(1);
    expect(logged.lines()[0]).toMatchObject({
      level: 'error',
      collector: 'sometimes',
      error: 'reading /proc/x: no such file',
    });
    isBroken = false;
    for (let time = 0; time < 3; time++) await scrape({ limitMs });
    expect(logged.messages('info')).toEqual(['collector recovered']);
    isBroken = true;
    await scrape({ limitMs });
    expect(logged.messages('error')).toHaveLength(2);
  });
});

describe('overlapping scrapes', () => {
  test('share the read in flight', async () => {
    let reads = 0;
    const answer = Promise.withResolvers<readonly Family[]>();
    const { scrape } = createCase({
      slow: () => {
        reads += 1;
        return answer.promise;
      },
    });
    const both = Promise.all([scrape({ limitMs: 5_000 }), scrape({ limitMs: 5_000 })]);
    answer.resolve([single('node_slow', 'Slow.', 'gauge', 7)]);
    for (const families of await both) expect(valuesOf(families, 'node_slow')).toEqual({ '': 7 });
    expect(reads).toBe(1);
  });

  test('do not restart a collector that exceeded its limit; the collector returns when its read settles', async () => {
    let reads = 0;
    const answers: PromiseWithResolvers<readonly Family[]>[] = [];
    const { scrape, logged } = createCase({
      slow: () => {
        reads += 1;
        const answer = Promise.withResolvers<readonly Family[]>();
        answers.push(answer);
        return answer.promise;
      },
    });
    await scrape({ limitMs });
    const second = scrape({ limitMs: 10_000 });
    expect(await endsWithin(5_000, second)).toBe(true);
    expect(valuesOf(await second, success)).toEqual({ slow: 0 });
    expect(reads).toBe(1);
    answers[0]?.resolve([]);
    await answers[0]?.promise;
    const next = scrape({ limitMs: 10_000 });
    await Promise.resolve();
    answers[1]?.resolve([single('node_slow', 'Slow.', 'gauge', 1)]);
    expect(valuesOf(await next, success)).toEqual({ slow: 1 });
    expect(reads).toBe(2);
    expect(logged.messages('error')).toHaveLength(1);
  });
});

describe('families of several collectors', () => {
  const more = (value: number, labels: Record<string, string>, type: Family['type'] = 'gauge'): CollectorRead => {
    return () => [{ name: 'node_shared', help: 'Shared.', type, samples: [{ labels, value }] }];
  };

  test('are merged, and the first of equal series wins', async () => {
    const { scrape, logged } = createCase({
      one: more(1, { a: '1', b: '2' }),
      works,
      two: more(2, { a: '2', b: '2' }),
      again: more(3, { b: '2', a: '1' }),
    });
    const families = await scrape({ limitMs });
    expect(families.map(({ name }) => name)).toEqual(['node_shared', 'node_works', duration, success]);
    expect(valuesOf(families, 'node_shared')).toEqual({ '1,2': 1, '2,2': 2 });
    await scrape({ limitMs });
    expect(logged.messages('warn')).toHaveLength(1);
  });

  test('are dropped when their type differs from the first', async () => {
    const { scrape, logged } = createCase({ one: more(1, { a: '1' }), two: more(2, { a: '2' }, 'counter') });
    expect(valuesOf(await scrape({ limitMs }), 'node_shared')).toEqual({ 1: 1 });
    expect(logged.lines()[0]).toMatchObject({ level: 'warn', family: 'node_shared' });
  });
});
