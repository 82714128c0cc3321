/** Tells repair where samples came too late for the rules: called by whoever stored them, before it forgets them. */
import { recordingOffsetSeconds } from '../../../common/catalogue/queries.ts';
import type { RollupTier } from '../rollups.ts';
import type { LateSamples } from './repair-windows.ts';

export interface StoredSamples {
  readonly host: string;
  /** Times of the oldest and the newest sample. */
  readonly oldestMs: number;
  readonly newestMs: number;
}

export interface LateWindows {
  /**
   * Call it once Prometheus has the samples; when it resolves, whatever of them came late waits for repair, over a restart
   * too. Costs nothing for samples in time, and one write a minute for a host that drains a backlog.
   */
  note(stored: StoredSamples): Promise<void>;
}

/** A rule at T reads samples up to T - 15 s; what was stored sooner than that after its own time was there. */
const lateAfterMs = recordingOffsetSeconds * 1_000;
/** Windows are rounded out to this, so that the batches of one drain fall into few. */
const roundMs = 600_000;
const rememberMs = 60_000;

interface Noted {
  readonly fromMs: number;
  readonly toMs: number;
  readonly notedMs: number;
}

export interface LateWindowsOptions {
  /** Resolves once the windows are on disk; where that takes a while, not on the event loop. */
  readonly add: (windows: readonly LateSamples[]) => Promise<void>;
  readonly tiers: readonly RollupTier[];
  readonly now: () => number;
}

export function createLateWindows({ add, tiers, now }: LateWindowsOptions): LateWindows {
  /** By host; what was written within the last minute need not be written again: a window rests for longer. */
  const noted = new Map<string, Noted>();

  return {
    async note({ host, oldestMs, newestMs }) {
      const nowMs = now();
      if (nowMs - oldestMs < lateAfterMs) return;
      const fromMs = Math.floor(oldestMs / roundMs) * roundMs;
      const toMs = Math.ceil(Math.min(newestMs, nowMs) / roundMs) * roundMs;
      const known = noted.get(host);
      const isKnown = known !== undefined && nowMs - known.notedMs < rememberMs;
      if (isKnown && known.fromMs <= fromMs && known.toMs >= toMs) return;
      const storedMs = nowMs + rememberMs;
      await add(
        tiers.map(({ name: tier, stepMs }) => ({ host, tier, fromMs, toMs, storedMs, dueMs: storedMs + 2 * stepMs })),
      );
      if (noted.size > 10_000) noted.clear();
      noted.set(host, { fromMs, toMs, notedMs: nowMs });
    },
  };
}
