/** What the cases of the textfile collector cannot show: files that change, times, pipes, the log, the flag's spelling. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { collectorSettings } from '../../../exporter/collector-settings.ts';
import { collectors } from '../../../exporter/collectors/index.ts';
import { compileGoGlob, expandGoGlob } from '../../../exporter/collectors/textfile/go-glob.ts';
import { goFloat } from '../../../exporter/collectors/textfile/textfile-join.ts';
import { textfile } from '../../../exporter/collectors/textfile.ts';
import { renderExposition } from '../../../exporter/exposition/exposition.ts';
import { createRecordingLog, openCollector } from '../../support/collector-host.ts';

const work = mkdtempSync(join(tmpdir(), 'textfile-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const folder = join(work, 'metrics');
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

function open(directory = folder) {
  const log = createRecordingLog();
  const read = openCollector(textfile, work, { flags: { directory }, log });
  const page = async () => renderExposition(await read(new AbortController().signal));
  return { page, log };
}

test('a file that changes is read again, one that is gone is gone', async () => {
  const path = join(folder, 'a.prom');
  const { page } = open();
  writeFileSync(path, 'a 1\n');
  expect(await page()).toContain('\na 1\n');
  writeFileSync(path, 'a 2\n');
  expect(await page()).toContain('\na 2\n');
  writeFileSync(join(folder, 'a.new'), 'a 3\n');
  renameSync(join(folder, 'a.new'), path);
  expect(await page()).toContain('\na 3\n');
  rmSync(path);
  expect(await page()).not.toContain('\na ');
});

test('the time of a file in whole seconds', async () => {
  const path = join(folder, 'a.prom');
  writeFileSync(path, 'a 1\n');
  utimesSync(path, 1_700_000_000.9, 1_700_000_000.9);
  expect(await open().page()).toContain(`node_textfile_mtime_seconds{file="${path}"} 1700000000\n`);
});

test('what is wrong is logged once, and again when it is wrong again', async () => {
  const path = join(folder, 'a.prom');
  writeFileSync(path, 'a one\n');
  const { page, log } = open();
  await page();
  await page();
  expect(log.lines).toEqual(['error textfile: not shown']);
  writeFileSync(path, 'a 1\n');
  expect(await page()).toContain('node_textfile_scrape_error 0');
  writeFileSync(path, 'a one\n');
  expect(await page()).toContain('node_textfile_scrape_error 1');
  expect(log.lines).toHaveLength(2);
});

test('a pipe, a device and a file too large stop nobody', async () => {
  writeFileSync(join(folder, 'good.prom'), 'good 1\n');
  expect(spawnSync('mkfifo', [join(folder, 'pipe.prom')]).status).toBe(0);
  symlinkSync('/dev/zero', join(folder, 'zero.prom'));
  writeFileSync(join(folder, 'large.prom'), Buffer.alloc(33 * 2 ** 20, 10));
  const { page, log } = open();
  const text = await page();
  expect(text).toContain('\ngood 1\n');
  expect(text).toContain('node_textfile_scrape_error 1');
  expect(log.lines).toHaveLength(3);
});

test('links are followed', async () => {
  writeFileSync(join(work, 'elsewhere'), 'linked 1\n');
  symlinkSync(join(work, 'elsewhere'), join(folder, 'a.prom'));
  expect(await open().page()).toContain('\nlinked 1\n');
});

test('several folders, one of which is not there', async () => {
  writeFileSync(join(folder, 'a.prom'), 'a 1\n');
  const text = await open(`${join(work, 'none')}\n${folder}`).page();
  expect(text).toContain('\na 1\n');
  expect(text).toContain('node_textfile_scrape_error 1');
});

describe('the flag', () => {
  const { 'flag:textfile.directory': setting } = collectorSettings(collectors);

  test('is spelt as in node_exporter, and so is that of power supplies', () => {
    expect(setting?.flag).toBe('collector.textfile.directory');
    const { 'flag:powersupplyclass.ignored-supplies': supplies } = collectorSettings(collectors);
    expect(supplies?.flag).toBe('collector.powersupply.ignored-supplies');
  });

  test('may be repeated, and a comma is a part of a path', () => {
    expect(setting?.isList).toBe(true);
    expect(setting?.parse(['/a,b', '/c'])).toEqual({ value: '/a,b\n/c' });
    expect(setting?.parse('/a')).toEqual({ value: '/a' });
    expect(setting?.parse([1])).toHaveProperty('faults');
    expect(setting?.print('/a\n/b')).toEqual(['/a', '/b']);
  });
});

describe('patterns', () => {
  test.each([
    ['*.prom', 'a.prom', true],
    ['*.prom', '.hidden.prom', true],
    ['?', 'ü', true],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[\\]]', ']', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['{a,b}', 'a', false],
    ['a.b+', 'a.b+', true],
    ['a.b', 'axb', false],
  ])('%s and %s', (pattern, name, expected) => {
    expect(compileGoGlob(pattern)?.test(name)).toBe(expected);
  });

  test.each(['[', '[]', '[a', 'a\\', '[z-a]'])('%s is no pattern', (pattern) => {
    expect(compileGoGlob(pattern)).toBeUndefined();
    expect(expandGoGlob(join(folder, pattern))).toEqual([join(folder, pattern)]);
  });

  test('folders on the way may be patterns, too', () => {
    for (const name of ['x1/metrics', 'x2/metrics', 'y/metrics', 'x3'])
      mkdirSync(join(folder, name), { recursive: true });
    expect(expandGoGlob(join(folder, 'x*', 'met*'))).toEqual([join(folder, 'x1/metrics'), join(folder, 'x2/metrics')]);
  });
});

test.each([
  [0, '0'],
  [0.5, '0.5'],
  [0.0001, '0.0001'],
  [0.000_01, '1e-05'],
  [100_000, '100000'],
  [1_000_000, '1e+06'],
  [1_638_400, '1.6384e+06'],
  [-2.5e-10, '-2.5e-10'],
  [1e100, '1e+100'],
  [Infinity, '+Inf'],
  [NaN, 'NaN'],
])('%d as Go spells it', (value, text) => expect(goFloat(value)).toBe(text));
