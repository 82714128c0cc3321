/** Sums counters of processes by group. A sum never decreases: the counters of processes that ended stay in the sum of their group. */
import type { CounterName, ProcessCounters } from './process-counters.ts';

type Sums = Partial<Record<CounterName, number>>;

export interface GroupCounters {
  /** Adds the growth of a process to the sums of its group. A process that is seen for the first time counts from its start. */
  add(process: string, group: string, counters: ProcessCounters): void;
  /** Returns the sums of a group, which are absent for counters that no process of the group had. */
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
        // A counter that fell is read as unchanged: the kernel adjusts user and system times against each other.
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
