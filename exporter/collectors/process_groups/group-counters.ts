/** Sums counters of processes by group. A sum never decreases: the sum of a group includes the counters of ended processes. */
import type { CounterName, ProcessCounters } from './process-counters.ts';

type Sums = Partial<Record<CounterName, number>>;

export interface GroupCounters {
  /** Adds the increase of a process's counters since the previous scrape to the sums of the group. At the first scrape of a process, adds the whole counters. */
  add(process: string, group: string, counters: ProcessCounters): void;
  /** Returns the sums of a group. A counter that no process of the group had is absent. */
  sums(group: string): Readonly<Sums>;
  /** Ends a scrape: forgets processes that were not added since the previous call, and all groups except these. */
  endScrape(groups: ReadonlySet<string>): void;
}

export function createGroupCounters(): GroupCounters {
  let before = new Map<string, Sums>();
  let current = new Map<string, Sums>();
  let sums = new Map<string, Sums>();
  return {
    add(process, group, counters) {
      const last: Sums = current.get(process) ?? before.get(process) ?? {};
      const sum = sums.get(group) ?? {};
      sums.set(group, sum);
      const next = { ...last };
      for (const [key, value] of Object.entries(counters) as [CounterName, number | undefined][]) {
        if (value === undefined) continue;
        // A decrease counts as 0: the kernel adjusts user and system times against each other.
        const growth = Math.max(0, value - (last[key] ?? 0));
        sum[key] = (sum[key] ?? 0) + growth;
        next[key] = Math.max(value, last[key] ?? 0);
      }
      current.set(process, next);
    },
    sums: (group) => sums.get(group) ?? {},
    endScrape(groups) {
      before = current;
      current = new Map();
      sums = new Map([...sums].filter(([group]) => groups.has(group)));
    },
  };
}
