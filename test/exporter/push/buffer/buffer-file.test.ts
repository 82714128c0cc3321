/** The buffer on damaged files and failing disks. Tests are named by the damage. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createSampleBuffer, type SampleBuffer } from '../../../../exporter/push/buffer/sample-buffer.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

const work = mkdtempSync(join(tmpdir(), 'recovery-'));
const opened: SampleBuffer[] = [];
afterAll(() => {
  for (const buffer of opened) buffer.close();
  rmSync(work, { recursive: true, force: true });
});

const all = { from: 0, to: Number.MAX_SAFE_INTEGER };
const many = { maxSamples: 1_000_000 };
const layout = { bytes: new Uint8Array(5_000).fill(7) };

function set(index: number, size = 500) {
  const values = new Uint8Array(Float64Array.from({ length: size }, (_, at) => index + at / 1_000).buffer);
  return {
    timestampMs: 1_800_000_000_000 + index * 5_000,
    kind: 'samples' as const,
    layout,
    sampleCount: size,
    values,
  };
}

function open(path: string, now: () => number = Date.now) {
  const log = createRecordingLog();
  const buffer = createSampleBuffer({ path, maxBytes: 2 ** 30, maxAgeMs: 1e13, now, log, busyTimeoutMs: 50 });
  opened.push(buffer);
  return { buffer, log };
}

/** A file with a hundred sets, closed. */
function filled(name: string): string {
  const path = join(work, name, 'push.queue');
  const { buffer } = open(path);
  for (let index = 1; index <= 100; index++) buffer.append(set(index));
  buffer.close();
  return path;
}

function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const content = readFileSync(path);
  content.set(bytes, offset);
  writeFileSync(path, content);
}

function pragma(path: string, text: string): void {
  const db = new DatabaseSync(path);
  db.exec(text);
  db.close();
}

const asideOf = (path: string): string[] =>
  readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.damaged-`));

describe('moved aside, and pushing continues', () => {
  test.each<[string, (path: string) => void]>([
    ['garbage-header', (path) => overwrite(path, 0, Buffer.from('this is not SQLite at all'))],
    ['garbage-page', (path) => overwrite(path, 4096 * 20, new Uint8Array(4096).fill(0xa5))],
    ['truncated-to-half', (path) => truncateSync(path, 4096 * 30)],
    ['truncated-inside-a-page', (path) => truncateSync(path, 4096 * 30 + 100)],
    ['wrong-version', (path) => pragma(path, 'pragma user_version = 99')],
    ['database-of-another-program', (path) => pragma(path, 'pragma application_id = 0')],
    ['text-file', (path) => writeFileSync(path, 'hello\n'.repeat(1_000))],
  ])('%s', (name, damage) => {
    const path = filled(name);
    damage(path);
    const damaged = readFileSync(path);
    const { buffer, log } = open(path);
    expect(log.lines).toMatchObject([{ level: 'error', msg: expect.stringContaining('moved aside'), path }]);
    const [aside, ...others] = asideOf(path);
    expect(others).toEqual([]);
    expect(readFileSync(join(dirname(path), aside ?? '')).equals(damaged)).toBe(true);
    buffer.append(set(1));
    expect(buffer.peek(all, many)).toMatchObject([{ timestampMs: set(1).timestampMs, sampleCount: 500 }]);
  });

  test('damage-while-running', () => {
    const path = filled('damage-while-running');
    const { buffer, log } = open(path);
    // Past the pages that the check at start has left in the cache.
    overwrite(path, 4096 * 3, new Uint8Array(4096 * 80).fill(0xa5));
    const found = buffer.peek(all, many);
    buffer.append(set(101));
    const { samples, droppedSamples } = buffer.state();
    expect(found.length).toBeLessThan(100);
    expect(samples + droppedSamples.damaged).toBe(101 * 500);
    expect(droppedSamples.damaged).toBeGreaterThan(0);
    expect(buffer.peek(all, many).at(-1)?.timestampMs).toBe(set(101).timestampMs);
    expect(log.lines.filter(({ level }) => level !== 'info').length).toBeGreaterThan(0);
  });

  test('only the newest damaged file is kept', () => {
    const path = filled('kept');
    for (let round = 0; round < 3; round++) {
      writeFileSync(path, 'damage');
      open(path, () => 1_800_000_000_000 + round * 1_000).buffer.close();
    }
    expect(asideOf(path)).toHaveLength(1);
  });
});

describe('recovered without moving the file', () => {
  test('zero-length file', () => {
    const path = filled('zero');
    writeFileSync(path, '');
    const { buffer, log } = open(path);
    buffer.append(set(1));
    expect(buffer.state().sets).toBe(1);
    expect(log.lines).toEqual([]);
  });

  test('flipped-bit in a value: that set alone is dropped', () => {
    const path = filled('flipped');
    // The values of set 50, wherever SQLite put them.
    const offset = readFileSync(path).indexOf(Buffer.from(set(50).values.subarray(0, 64)));
    expect(offset).toBeGreaterThan(0);
    overwrite(path, offset + 3, Uint8Array.of(0x55));
    const { buffer } = open(path);
    const found = buffer.peek(all, many);
    expect(found).toHaveLength(99);
    expect(found.map(({ timestampMs }) => timestampMs)).not.toContain(set(50).timestampMs);
    expect(buffer.state()).toMatchObject({ sets: 99, droppedSamples: { damaged: 500 } });
  });

  test('log left by a killed process', () => {
    const path = join(work, 'killed', 'push.queue');
    mkdirSync(dirname(path));
    const script = join(dirname(path), 'writer.mjs');
    const source = join(import.meta.dirname, '../../../../exporter/push/buffer/sample-buffer.ts');
    writeFileSync(
      script,
      `import { createSampleBuffer } from ${JSON.stringify(source)};
       const log = { info() {}, warn() {}, error() {} };
       const buffer = createSampleBuffer({ path: process.argv[2], maxBytes: 2 ** 30, maxAgeMs: 1e13, now: Date.now, log });
       const layout = { bytes: new Uint8Array(10) };
       for (let index = 1; index <= 50; index++)
         buffer.append({ timestampMs: index, kind: 'samples', layout, sampleCount: 1, values: new Uint8Array(8).fill(index) });
       process.kill(process.pid, 'SIGKILL');`,
    );
    const { signal } = spawnSync(process.execPath, [script, path], { env: { ...process.env, NODE_OPTIONS: '' } });
    expect(signal).toBe('SIGKILL');
    const found = open(path).buffer.peek(all, many);
    expect(found.map(({ timestampMs, values }) => [timestampMs, values[0]])).toEqual(
      Array.from({ length: 50 }, (_, index) => [index + 1, index + 1]),
    );
  });
});

/** Root may write anywhere, so the tests fill the disk by a page limit of SQLite (SQLITE_FULL). */
describe('disk', () => {
  test('a folder that cannot be created: the last minute is kept in memory, and logged once', () => {
    writeFileSync(join(work, 'in-the-way'), '');
    const { buffer, log } = open(join(work, 'in-the-way', 'push.queue'));
    for (let index = 1; index <= 20; index++) buffer.append(set(index));
    expect(buffer.peek(all, many).map(({ timestampMs }) => timestampMs)).toEqual(
      Array.from({ length: 12 }, (_, index) => set(index + 9).timestampMs),
    );
    expect(buffer.state()).toMatchObject({
      sets: 12,
      samples: 6_000,
      isDurable: false,
      droppedSamples: { disk: 4_000 },
    });
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    const [first] = buffer.peek(all, { maxSamples: 1 });
    buffer.acknowledge({ from: first?.id ?? 0, to: first?.id ?? 0 });
    expect(buffer.state().sets).toBe(11);
  });

  test('writable again: the sets in memory are written first, in order', () => {
    let nowMs = 1_800_000_000_000;
    const folder = join(work, 'comes-back');
    writeFileSync(folder, '');
    const { buffer, log } = open(join(folder, 'push.queue'), () => nowMs);
    for (let index = 1; index <= 3; index++) buffer.append(set(index));
    rmSync(folder);
    nowMs += 61_000;
    buffer.append(set(4));
    expect(buffer.state()).toMatchObject({ sets: 4, isDurable: true });
    expect(log.lines.at(-1)).toMatchObject({ level: 'info', msg: 'the push buffer can be written again' });
    buffer.close();
    expect(
      open(join(folder, 'push.queue'))
        .buffer.peek(all, many)
        .map(({ timestampMs }) => timestampMs),
    ).toEqual([1, 2, 3, 4].map((index) => set(index).timestampMs));
  });

  const mount = (folder: string) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', folder]).status === 0;
  const folder = join(work, 'small-disk');
  mkdirSync(folder);
  const isMounted = mount(folder);
  (isMounted ? test : test.skip)(
    'a disk that is full: sending goes on from memory, acknowledged sets never come back',
    () => {
      const { buffer, log } = open(join(folder, 'push.queue'));
      let index = 0;
      while (buffer.state().isDurable && index < 500) buffer.append(set(++index));
      expect(index).toBeLessThan(200);
      for (let more = 0; more < 5; more++) buffer.append(set(++index));
      expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
      const waiting = buffer.peek(all, many).map(({ timestampMs }) => timestampMs);
      expect(waiting).toEqual(Array.from({ length: index }, (_, at) => set(at + 1).timestampMs));
      const half = buffer.peek(all, { maxSamples: 500 * 10 });
      buffer.acknowledge({ from: half[0]?.id ?? 0, to: half.at(-1)?.id ?? 0 });
      expect(buffer.peek(all, { maxSamples: 1 })[0]?.timestampMs).toBe(set(11).timestampMs);
      buffer.acknowledge(all);
      expect(buffer.peek(all, many)).toEqual([]);
      buffer.append(set(++index));
      expect(buffer.peek(all, many).map(({ timestampMs }) => timestampMs)).toEqual([set(index).timestampMs]);
      buffer.close();
    },
  );
  afterAll(() => {
    if (isMounted) spawnSync('umount', [folder]);
  });

  test('a folder without permissions', () => {
    if (process.getuid?.() === 0) return expect(true).toBe(true); // root has all rights
    const path = join(work, 'no-rights', 'push.queue');
    mkdirSync(dirname(path));
    chmodSync(dirname(path), 0o500);
    const { buffer } = open(path);
    buffer.append(set(1));
    expect(buffer.state()).toMatchObject({ sets: 1, isDurable: false });
  });
});
