/** Tests how starts of units are counted from systemd's links, which contain the id of the current run of a unit. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createStartObserver } from '../../../../exporter/collectors/units/unit-starts.ts';

let work = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'unit-starts-'));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

function start(unit: string, run: string): void {
  const link = join(work, 'units', `invocation:${unit}`);
  rmSync(link, { force: true });
  symlinkSync(run, link);
}

function observer(now: () => number = () => 0) {
  mkdirSync(join(work, 'units'), { recursive: true });
  const starts = createStartObserver(join(work, 'units'), now);
  return {
    scrape: (...names: readonly string[]): number[] => {
      const counts = names.map((name) => starts.observe(name, join(work, name)).starts);
      starts.endScrape();
      return counts;
    },
    observe: (name: string) => starts.observe(name, join(work, name)),
  };
}

test('a unit that ran before the exporter has no starts until it restarts', () => {
  const { scrape } = observer();
  start('a.service', 'run1');
  expect(scrape('a.service')).toEqual([0]);
  expect(scrape('a.service')).toEqual([0]);
  start('a.service', 'run2');
  expect(scrape('a.service')).toEqual([1]);
  start('a.service', 'run3');
  expect(scrape('a.service')).toEqual([2]);
});

test('a unit that starts after the first scrape has one start, and a second run after a pause is a start', () => {
  const { scrape } = observer();
  expect(scrape()).toEqual([]);
  start('a.service', 'run1');
  expect(scrape('a.service')).toEqual([1]);
  expect(scrape()).toEqual([]);
  start('a.service', 'run2');
  expect(scrape('a.service')).toEqual([2]);
});

test('the removal of a link while the unit stops is not a start', () => {
  const { scrape } = observer();
  start('a.service', 'run1');
  expect(scrape('a.service')).toEqual([0]);
  unlinkSync(join(work, 'units', 'invocation:a.service'));
  expect(scrape('a.service')).toEqual([0]);
});

test('the time of a start is the time of the link', () => {
  const before = Date.now();
  const { observe } = observer();
  start('a.service', 'run1');
  const { startedSeconds = 0 } = observe('a.service');
  expect(startedSeconds * 1_000).toBeGreaterThanOrEqual(before - 1_000);
  expect(startedSeconds * 1_000).toBeLessThanOrEqual(Date.now());
});

test("without systemd's folder, a new control group is a start", () => {
  const { scrape } = observer();
  rmSync(join(work, 'units'), { recursive: true });
  mkdirSync(join(work, 'a.service'));
  expect(scrape('a.service')).toEqual([0]);
  mkdirSync(join(work, 'other')); // so that the inode of a.service is not reused
  rmSync(join(work, 'a.service'), { recursive: true });
  mkdirSync(join(work, 'another'));
  mkdirSync(join(work, 'a.service'));
  expect(scrape('a.service')).toEqual([1]);
});

test('the count of a unit that has not run for an hour begins again', () => {
  let timeMs = 0;
  const { scrape } = observer(() => timeMs);
  start('a.service', 'run1');
  expect(scrape('a.service')).toEqual([0]);
  start('a.service', 'run2');
  expect(scrape('a.service')).toEqual([1]);
  timeMs = 3_600_001;
  expect(scrape()).toEqual([]);
  start('a.service', 'run3');
  expect(scrape('a.service')).toEqual([1]);
});
