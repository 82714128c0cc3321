/** The textfile collector: changing files, modification times, pipes and the log. Formats are in test/cases/collectors/textfile. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
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

test('a changed file is read again, a removed file disappears', async () => {
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

test('the modification time is in whole seconds', async () => {
  const path = join(folder, 'a.prom');
  writeFileSync(path, 'a 1\n');
  utimesSync(path, 1_700_000_000.9, 1_700_000_000.9);
  expect(await open().page()).toContain(`node_textfile_mtime_seconds{file="${path}"} 1700000000\n`);
});

test('a fault is logged once, and again after it was fixed and returned', async () => {
  const path = join(folder, 'a.prom');
  writeFileSync(path, 'a one\n');
  const { page, log } = open();
  await page();
  await page();
  expect(log.lines).toEqual(['error textfile skipped']);
  writeFileSync(path, 'a 1\n');
  expect(await page()).toContain('node_textfile_scrape_error 0');
  writeFileSync(path, 'a one\n');
  expect(await page()).toContain('node_textfile_scrape_error 1');
  expect(log.lines).toHaveLength(2);
});

test('a pipe, a device and an oversized file are skipped', async () => {
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

test('a missing folder does not affect the others', async () => {
  writeFileSync(join(folder, 'a.prom'), 'a 1\n');
  const text = await open(`${join(work, 'none')}\n${folder}`).page();
  expect(text).toContain('\na 1\n');
  expect(text).toContain('node_textfile_scrape_error 1');
});
