/** Tests which blocks get the hint `from-out-of-order`, and how their files change. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLog } from '../../../common/program/log.ts';
import { type BlockMeta, blocksWithoutHint, restoreBlockHints } from '../../../stack/data/block-hints.ts';

const hourMs = 3_600_000;
const [inOrder, merged, late, cleaned] = ['in order', 'merged', 'late', 'cleaned'] as const;

const compactions: Readonly<Record<string, BlockMeta['compaction']>> = {
  [inOrder]: { level: 1 },
  [merged]: { level: 2, parents: [{}, {}] },
  [late]: { level: 1, parents: [{}], hints: ['from-out-of-order'] },
  // Prometheus 2.42 drops the hint when it cleans tombstones.
  [cleaned]: { level: 1, parents: [{}] },
};

/** A block: its kind, which is a key of `compactions`, and the hour at which the block ends. */
type Row = readonly [kind: string, endHour: number];

test.each<{ readonly title: string; readonly blocks: readonly Row[]; readonly expected: readonly Row[] }>([
  { title: 'no blocks', blocks: [], expected: [] },
  {
    title: 'in-order blocks',
    blocks: [
      [inOrder, 2],
      [inOrder, 4],
    ],
    expected: [],
  },
  {
    title: 'a late block after the in-order blocks',
    blocks: [
      [inOrder, 4],
      [late, 6],
    ],
    expected: [],
  },
  {
    title: 'a merged block before the newest in-order block',
    blocks: [
      [merged, 2],
      [inOrder, 4],
    ],
    expected: [],
  },
  {
    title: 'a merged block of the same range as the newest in-order block',
    blocks: [
      [inOrder, 4],
      [merged, 4],
    ],
    expected: [],
  },
  {
    title: 'a merged block after the newest in-order block',
    blocks: [
      [inOrder, 4],
      [merged, 6],
    ],
    expected: [[merged, 6]],
  },
  {
    title: 'a cleaned block after the newest in-order block',
    blocks: [
      [inOrder, 4],
      [cleaned, 6],
    ],
    expected: [[cleaned, 6]],
  },
  {
    title: 'without an in-order block: only the blocks of the last four hours',
    blocks: [
      [merged, 2],
      [merged, 6],
      [merged, 8],
      [late, 10],
    ],
    expected: [[merged, 8]],
  },
])('$title', ({ blocks, expected }) => {
  const metas = blocks.map(([kind, endHour]) => block(kind, endHour));
  expect(blocksWithoutHint(metas).map(({ ulid }) => ulid)).toEqual(
    expected.map(([kind, endHour]) => block(kind, endHour).ulid),
  );
});

function block(kind: string, endHour: number): BlockMeta {
  return {
    ulid: `${kind} ${endHour}`,
    maxTime: endHour * hourMs,
    compaction: compactions[kind] as BlockMeta['compaction'],
  };
}

let folder: string;
const lines: string[] = [];
const log = createLog({ level: 'info', format: 'logfmt', program: 'test', write: (line) => lines.push(line) });
const names = ['01M8M5TEN7AKKX6G945HZJA345', '01M8M5TJZ1ZE39WWWXP27GTGZH', '01M8M5V8G0Z9RZXHH256N8VGCQ'] as const;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-block-hints-'));
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'meta.json'), text);
}

test('all other fields of meta.json are kept, other files are left alone, and a second run changes nothing', () => {
  const meta = { ulid: names[1], minTime: 1, maxTime: 6 * hourMs, stats: { numSamples: 36 }, version: 1 };
  write(
    names[0],
    JSON.stringify({ ulid: names[0], maxTime: 4 * hourMs, compaction: { level: 1, sources: [names[0]] } }),
  );
  write(names[1], JSON.stringify({ ...meta, compaction: { level: 2, parents: [{}, {}], sources: ['a', 'b'] } }));
  write(`${names[2]}.tmp-for-creation`, 'unfinished');
  const before = readFileSync(join(folder, names[0], 'meta.json'), 'utf8');
  restoreBlockHints(folder, log);
  restoreBlockHints(folder, log);
  expect(readFileSync(join(folder, names[0], 'meta.json'), 'utf8')).toBe(before);
  expect(JSON.parse(readFileSync(join(folder, names[1], 'meta.json'), 'utf8'))).toEqual({
    ...meta,
    compaction: { level: 2, parents: [{}, {}], sources: ['a', 'b'], hints: ['from-out-of-order'] },
  });
  expect(readdirSync(join(folder, names[1]))).toEqual(['meta.json']);
  expect(lines).toEqual([expect.stringContaining(`blocks=${names[1]}`)]);
});

test('a damaged meta.json costs no other block its hint', () => {
  write(names[0], '{"maxTime":');
  write(names[1], JSON.stringify({ maxTime: 6 * hourMs, compaction: { level: 2 } }));
  write(names[2], JSON.stringify({ maxTime: '6', compaction: { level: 2 } }));
  restoreBlockHints(folder, log);
  expect(lines).toEqual([
    expect.stringMatching(`${names[0]}/meta.json .*the metadata of a block cannot be read`),
    expect.stringMatching(`${names[2]}/meta.json error="maxTime: expected a number"`),
    expect.stringContaining(`blocks=${names[1]}`),
  ]);
});

test('a missing data directory has no blocks', () => {
  restoreBlockHints(join(folder, 'missing'), log);
  expect(lines).toEqual([]);
});
