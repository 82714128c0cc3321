/** From when on raw samples are whole: before, a recomputed point could be made of what late samples put beside a deletion. */
import type { Database } from '../../common/store/schema.ts';
import { tryTierTime } from './tier-state.ts';

export interface IntactQuestion {
  readonly nowMs: number;
  /** How long raw samples are kept at least, for a database that remembers no deletion. */
  readonly keepRawMs: number;
}

export async function intactFrom(db: Database, { nowMs, keepRawMs }: IntactQuestion): Promise<number> {
  return (await tryTierTime(db, 'raw_deleted_until')) ?? nowMs - keepRawMs;
}
