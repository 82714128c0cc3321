/** Logs rejected samples: the first rejection of each sender and reason with an example, then once an hour the number of rejected samples. */
import type { Log } from '../../common/program/log.ts';
import type { PushWay } from './ingest-metrics.ts';
import type { Rejections } from './sample-checks.ts';

export interface LossLog {
  /** `sender` names the credential of the push. */
  note(push: { readonly sender: string; readonly way: PushWay; readonly rejections: Rejections }): void;
}

const quietMs = 3_600_000;
/** Limit of remembered pairs of sender and reason. The oldest pair is dropped beyond it, and its next rejection is logged at once. */
const maxEntries = 5_000;

interface Entry {
  readonly loggedMs: number;
  /** Samples lost since then. */
  samples: number;
}

export function createLossLog({ log, now }: { readonly log: Log; readonly now: () => number }): LossLog {
  const entries = new Map<string, Entry>();

  function count(key: string, samples: number): number | undefined {
    const nowMs = now();
    const entry = entries.get(key);
    if (entry !== undefined && nowMs - entry.loggedMs < quietMs) {
      entry.samples += samples;
      return undefined;
    }
    entries.delete(key);
    entries.set(key, { loggedMs: nowMs, samples: 0 });
    if (entries.size > maxEntries) {
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    }
    return samples + (entry?.samples ?? 0);
  }

  return {
    note({ sender, way, rejections: { byReason, examples } }) {
      for (const [reason, example] of examples) {
        const samples = count(`${sender}\n${way}\n${reason}`, byReason.get(reason) ?? 0);
        if (samples === undefined) continue;
        const { path, message } = example;
        log.warn('samples of a push were rejected; more for this reason are counted and logged once an hour', {
          sender,
          way,
          reason,
          samples,
          path,
          example: message,
        });
      }
    },
  };
}
