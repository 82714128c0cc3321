/** Blocks of a data directory: which folders are blocks, how meta.json is parsed, and unreadable blocks. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parseBlock, readBlocks } from '../../../../ingest-gateway/rollups/retention/tsdb-blocks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-blocks-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const name = '01JDN3W7XKQ4R8Y2ZB6M5T9VCA';
/** As Prometheus 2.42 writes it. */
const meta = {
  ulid: name,
  minTime: 1_732_795_200_000,
  maxTime: 1_732_802_400_000,
  stats: { numSamples: 600, numSeries: 5, numChunks: 5 },
  compaction: { level: 1, sources: [name] },
  version: 1,
};
const parsed = {
  ulid: name,
  minTimeMs: meta.minTime,
  maxTimeMs: meta.maxTime,
  isOutOfOrder: false,
  hasTombstones: false,
};

function writeBlock(at: string, text: string, tombstonesBytes?: number): void {
  mkdirSync(join(folder, at));
  writeFileSync(join(folder, at, 'meta.json'), text);
  if (tombstonesBytes !== undefined) writeFileSync(join(folder, at, 'tombstones'), Buffer.alloc(tombstonesBytes));
}

test.each([
  [meta, 9, {}],
  [{ ...meta, compaction: { ...meta.compaction, hints: ['from-out-of-order'] } }, 9, { isOutOfOrder: true }],
  [{ ...meta, compaction: { ...meta.compaction, hints: ['another'] } }, 9, {}],
  [{ ...meta, compaction: { ...meta.compaction, hints: null } }, 9, {}],
  [{ ...meta, stats: { ...meta.stats, numTombstones: 2 } }, 40, { hasTombstones: true }],
  [{ ...meta, stats: { ...meta.stats, numTombstones: 0 } }, 9, {}],
  // As after a kill between the two files.
  [meta, 40, { hasTombstones: true }],
  [{ ...meta, stats: undefined }, 0, {}],
])('meta.json %#', (value, tombstonesBytes, expected) => {
  expect(parseBlock(JSON.stringify(value), tombstonesBytes)).toEqual({ ...parsed, ...expected });
});

test('finished blocks count; the write-ahead log, snapshots and blocks being written or deleted do not', async () => {
  expect(await readBlocks(folder)).toEqual({ kind: 'read', blocks: [] });
  writeBlock(name, JSON.stringify(meta), 40);
  for (const other of ['wal', 'chunks_head', 'snapshots']) mkdirSync(join(folder, other));
  writeBlock('01JDN3W7XKQ4R8Y2ZB6M5T9VCB.tmp-for-creation', '{"ulid": "01JD');
  writeBlock('01JDN3W7XKQ4R8Y2ZB6M5T9VCC.tmp-for-deletion', '');
  writeFileSync(join(folder, 'lock'), '');
  expect(await readBlocks(folder)).toEqual({ kind: 'read', blocks: [{ ...parsed, hasTombstones: true }] });
});

test.each([
  ['half-written', '{"ulid": "01JD'],
  ['empty', ''],
  ['without times', '{"ulid": "x", "version": 1, "compaction": {}}'],
  ['of another version', JSON.stringify({ ...meta, version: 2 })],
])('one meta.json that is %s makes the reading unknown', async (_, text) => {
  writeBlock('01JDN3W7XKQ4R8Y2ZB6M5T9VCD', JSON.stringify(meta));
  writeBlock(name, text);
  const reason = expect.stringContaining(`${join(folder, name, 'meta.json')}: expected the metadata of a block`);
  expect(await readBlocks(folder)).toEqual({ kind: 'unknown', reason });
});

test('a block without meta.json or a missing directory makes the reading unknown', async () => {
  mkdirSync(join(folder, name));
  expect(await readBlocks(folder)).toEqual({ kind: 'unknown', reason: expect.stringContaining('ENOENT') });
  const missing = join(folder, 'missing');
  expect(await readBlocks(missing)).toEqual({ kind: 'unknown', reason: expect.stringContaining(missing) });
});
