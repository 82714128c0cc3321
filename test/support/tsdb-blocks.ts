/** Reads the blocks of a Prometheus data directory: their time ranges, and what a cleaning of tombstones would rewrite. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { messageOf } from '../../common/program/log.ts';

export interface TsdbBlock {
  readonly ulid: string;
  /** In milliseconds; the end is excluded. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** Whether all samples came out of order, by the hint `from-out-of-order` in meta.json. */
  readonly isOutOfOrder: boolean;
  readonly hasTombstones: boolean;
  /** Number of written blocks that were merged into this block; 1 for a block that was written from the head. */
  readonly sourceCount: number;
}

export type BlocksReading =
  | { readonly kind: 'read'; readonly blocks: readonly TsdbBlock[] }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A finished block. Prometheus writes a new block under another name (`*.tmp-for-creation`) and renames it when it is whole. */
const blockName = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Magic number, version and checksum. Source: https://github.com/prometheus/prometheus/blob/main/tsdb/docs/format/tombstones.md */
const emptyTombstonesBytes = 9;

const metaSchema = z.object({
  version: z.literal(1),
  ulid: z.string(),
  minTime: z.number(),
  maxTime: z.number(),
  stats: z.object({ numTombstones: z.number().optional() }).optional(),
  compaction: z.object({ hints: z.array(z.string()).nullish(), sources: z.array(z.string()).default([]) }),
});

/**
 * Returns every finished block of the directory. `unknown` when the directory or one block cannot be read, such as a block
 * that Prometheus deletes meanwhile: an answer about a part of the blocks would be no answer.
 */
export async function readBlocks(folder: string): Promise<BlocksReading> {
  try {
    const names = (await readdir(folder)).filter((name) => blockName.test(name));
    return { kind: 'read', blocks: await Promise.all(names.map((name) => readBlock(join(folder, name)))) };
  } catch (error) {
    return { kind: 'unknown', reason: messageOf(error) };
  }
}

/** Longer than the time between two blocks that one compaction writes. */
const quietMs = 8_000;

/** Waits until no block of the directory has changed for `quietMs`, so that no compaction is running. */
export async function blocksAtRest(folder: string): Promise<void> {
  for (let [names, sinceMs] = ['', Date.now()]; Date.now() - sinceMs < quietMs; await sleep(200)) {
    const reading = await readBlocks(folder);
    const current = reading.kind === 'read' ? reading.blocks.map(({ ulid }) => ulid).join() : reading.reason;
    if (current !== names) [names, sinceMs] = [current, Date.now()];
  }
}

/**
 * Parses a block's meta.json. `tombstonesBytes` is the size of the file beside it: Prometheus writes that file first, so after
 * a crash between the two meta.json may not count its tombstones yet. Throws an Error that says what was expected.
 */
export function parseBlock(text: string, tombstonesBytes: number): TsdbBlock {
  const { ulid, minTime, maxTime, stats, compaction } = metaSchema.parse(JSON.parse(text));
  return {
    ulid,
    minTimeMs: minTime,
    maxTimeMs: maxTime,
    isOutOfOrder: compaction.hints?.includes('from-out-of-order') ?? false,
    hasTombstones: (stats?.numTombstones ?? 0) > 0 || tombstonesBytes > emptyTombstonesBytes,
    sourceCount: compaction.sources.length,
  };
}

async function readBlock(folder: string): Promise<TsdbBlock> {
  const path = join(folder, 'meta.json');
  const text = await readFile(path, 'utf8');
  const tombstonesBytes = await sizeOf(join(folder, 'tombstones'));
  try {
    return parseBlock(text, tombstonesBytes);
  } catch (cause) {
    throw new Error(`${path}: expected the metadata of a block`, { cause });
  }
}

/** Returns the size of the file in bytes, or 0 when the file does not exist. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
