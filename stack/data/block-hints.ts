/**
 * Restores the hint `from-out-of-order` of Prometheus' blocks before Prometheus starts.
 *
 * A starting Prometheus skips the part of the write-ahead log before the end of the newest block that has no hint. Before 3.14,
 * Prometheus drops the hint when it merges blocks that contain only late samples (https://github.com/prometheus/prometheus/pull/19016),
 * and before 2.53 also when it cleans tombstones. The merged block can end up to two hours after the newest in-order block, so that a
 * start would lose all samples of these two hours (docs/decisions/tiers.md).
 */
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../common/program/log.ts';

const hint = 'from-out-of-order';

/** A finished block. Prometheus writes a new block under another name (`*.tmp-for-creation`) and renames the complete block. */
const blockName = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/**
 * The longest time between the end of the newest in-order block and the end of a newer out-of-order block. Prometheus first writes the
 * in-order blocks of all ranges of two hours that ended more than an hour ago, and then the out-of-order blocks up to the newest range.
 */
const longestLeadMs = 4 * 3_600_000;

/** The fields of meta.json that are read. Source: https://github.com/prometheus/prometheus/blob/main/tsdb/block.go */
export interface BlockMeta {
  readonly ulid: string;
  /** In milliseconds; the end is excluded. */
  readonly maxTime: number;
  readonly compaction: {
    /** 1 for a block that was written from the head, or that was rewritten by a cleaning of tombstones. */
    readonly level: number;
    /** Absent in an in-order block that was written from the head. */
    readonly parents?: readonly unknown[] | null;
    readonly hints?: readonly string[] | null;
  };
}

/**
 * Adds the hint to the blocks of the data directory that need it, and logs their names. Blocks that cannot be read or written are logged
 * and left to Prometheus. Idempotent. Prometheus reads the hints when it starts; it may run meanwhile.
 */
export function restoreBlockHints(folder: string, log: Log): void {
  const blocks = readBlocks(folder, log);
  const restored = blocksWithoutHint(blocks).filter((block) =>
    addHint(join(folder, block.ulid, 'meta.json'), block, log),
  );
  if (restored.length > 0)
    log.info(
      'blocks of Prometheus may contain only late samples and are marked so; otherwise the start would lose newer samples',
      {
        blocks: restored.map(({ ulid }) => ulid).join(' '),
      },
    );
}

/**
 * Returns the blocks without the hint that may contain only late samples and end later than every block that certainly contains in-order
 * samples. A block that contains in-order samples can be among them: its hint makes Prometheus read more of the write-ahead log.
 */
export function blocksWithoutHint<Block extends BlockMeta>(blocks: readonly Block[]): readonly Block[] {
  const withoutHint = blocks.filter(({ compaction }) => compaction.hints?.includes(hint) !== true);
  const inOrderEnd = newestEnd(withoutHint.filter(isInOrder));
  const end = Math.max(inOrderEnd, newestEnd(blocks) - longestLeadMs);
  return withoutHint.filter(({ maxTime }) => maxTime > end);
}

/** Returns whether the block was written from the in-order samples of the head and was never rewritten. */
function isInOrder({ compaction: { level, parents } }: BlockMeta): boolean {
  return level === 1 && (parents ?? []).length === 0;
}

function newestEnd(blocks: readonly BlockMeta[]): number {
  return Math.max(...blocks.map(({ maxTime }) => maxTime));
}

function readBlocks(folder: string, log: Log): readonly BlockMeta[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => blockName.test(name))
    .flatMap((name) => {
      const file = join(folder, name, 'meta.json');
      try {
        return [parseBlockMeta(readFileSync(file, 'utf8'), name)];
      } catch (error) {
        log.warn('the metadata of a block cannot be read; Prometheus decides about the block', { file, error });
        return [];
      }
    });
}

/** Returns all fields of meta.json. `ulid` is the name of the block's folder. Throws an Error that names the missing field. */
function parseBlockMeta(text: string, ulid: string): BlockMeta {
  const meta = JSON.parse(text) as Partial<BlockMeta> | null;
  if (typeof meta?.maxTime !== 'number') throw new Error('maxTime: expected a number');
  if (typeof meta.compaction?.level !== 'number') throw new Error('compaction.level: expected a number');
  return { ...(meta as BlockMeta), ulid };
}

/** Replaces the file, so that a crash leaves the old or the new content. Returns whether the file was written. */
function addHint(file: string, meta: BlockMeta, log: Log): boolean {
  const { compaction } = meta;
  const hinted = { ...meta, compaction: { ...compaction, hints: [...(compaction.hints ?? []), hint] } };
  try {
    const { mode } = statSync(file);
    writeFileSync(`${file}.new`, `${JSON.stringify(hinted, undefined, '\t')}\n`, { mode, flush: true });
    renameSync(`${file}.new`, file);
    return true;
  } catch (error) {
    log.warn('the metadata of a block cannot be written; this start of Prometheus can lose samples', { file, error });
    return false;
  }
}
