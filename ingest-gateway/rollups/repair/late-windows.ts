/** Records repair windows for samples that arrived too late for the recording rules. */
import { recordingOffsetSeconds } from '../../../common/catalogue/queries.ts';
import type { RollupTier } from '../tier/rollups.ts';
import type { LateSamples } from './repair-windows.ts';

export interface StoredSamples {
  readonly host: string;
  /** Times of the oldest and the newest sample. */
  readonly oldestMs: number;
  readonly newestMs: number;
}

export interface LateWindows {
  /**
   * Call it when Prometheus has stored the samples, before the batch is removed from the queue. Once it resolves, the window
   * of the late samples survives a restart. Samples in time cost nothing; a host that drains a backlog, one write a minute.
   */
  note(stored: StoredSamples): Promise<void>;
}

/** A rule evaluated at T reads samples up to T - 15 s, so a sample that is stored sooner after its timestamp is in time. */
const lateAfterMs = recordingOffsetSeconds * 1_000;
/** Windows are rounded out to multiples of this, so that the batches of one drain need few windows. */
const roundMs = 600_000;
const rememberMs = 60_000;

interface Noted {
  readonly fromMs: number;
  readonly toMs: number;
  readonly notedMs: number;
}

export interface LateWindowsOptions {
  /** Resolves once the windows are on disk. */
  readonly add: (windows: readonly LateSamples[]) => Promise<void>;
  readonly tiers: readonly RollupTier[];
  readonly now: () => number;
}

export function createLateWindows({ add, tiers, now }: LateWindowsOptions): LateWindows {
  /** The last window by host. A window written within the last minute is not due yet and need not be written again. */
  const noted = new Map<string, Noted>();

  return {
    async note({ host, oldestMs, newestMs }) {
      const nowMs = now();
      // Rules record series of hosts: those without an instance have no windows.
      if (host === '' || nowMs - oldestMs < lateAfterMs) return;
      const fromMs = Math.floor(oldestMs / roundMs) * roundMs;
      const toMs = Math.ceil(Math.min(newestMs, nowMs) / roundMs) * roundMs;
      const last = noted.get(host);
      const isRecent = last !== undefined && nowMs - last.notedMs < rememberMs;
      if (isRecent && last.fromMs <= fromMs && last.toMs >= toMs) return;
      const storedMs = nowMs + rememberMs;
      await add(
        tiers.map(({ name: tier, stepMs }) => ({ host, tier, fromMs, toMs, storedMs, dueMs: storedMs + 2 * stepMs })),
      );
      if (noted.size > 10_000) noted.clear();
      noted.set(host, { fromMs, toMs, notedMs: nowMs });
    },
  };
}
