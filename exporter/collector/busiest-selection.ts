/**
 * Bounds the number of series of collectors that may find thousands of entities: units, containers or process groups. Selects the busiest
 * entities. A selected entity stays selected for some minutes, so that its series are not interrupted by every change of load.
 */

export interface Activity {
  readonly key: string;
  /** CPU seconds since the entity started. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

export interface BusiestOptions {
  /** Maximum number of selected entities. */
  readonly max: number;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
}

/** Returns the keys of the selected entities. */
export type SelectBusiest = (entities: readonly Activity[]) => ReadonlySet<string>;

/** Minimum time that an entity stays selected. An entity that ends is no longer selected. */
const holdMs = 600_000;
/** After the hold time, the score of a selected entity is multiplied by this factor: an entity that is only slightly busier does not replace the selected entity. */
const margin = 1.5;
/** Weight of the newest rate in the exponential moving average of an entity's rates. */
const newest = 0.3;

interface Known {
  cpuSeconds: number;
  /** Moving average of the CPU use in cores. Before the second reading: the CPU seconds since the entity started. */
  rate: number;
  hasRate: boolean;
  selectedAtMs: number | undefined;
}

/**
 * Returns a function that selects at most `max` entities. The score of an entity is the larger of two shares: the entity's share of the
 * CPU use of all entities, and its share of their memory. The function keeps state between calls: call it once per scrape.
 */
export function createBusiestSelection({ max, now }: BusiestOptions): SelectBusiest {
  let known = new Map<string, Known>();
  let lastMs: number | undefined;

  function update(entities: readonly Activity[], seconds: number): Map<string, Known> {
    const next = new Map<string, Known>();
    for (const { key, cpuSeconds } of entities) {
      const before = known.get(key);
      const state = before ?? { cpuSeconds, rate: cpuSeconds, hasRate: false, selectedAtMs: undefined };
      if (before !== undefined && seconds > 0) {
        const rate = Math.max(0, cpuSeconds - before.cpuSeconds) / seconds;
        state.rate = before.hasRate ? before.rate * (1 - newest) + rate * newest : rate;
        state.hasRate = true;
        state.cpuSeconds = cpuSeconds;
      }
      next.set(key, state);
    }
    return next;
  }

  return (entities) => {
    const nowMs = now();
    known = update(entities, lastMs === undefined ? 0 : (nowMs - lastMs) / 1_000);
    lastMs = nowMs;
    const scores = scoresOf(entities, known);
    const isHeld = ({ selectedAtMs }: Known) => selectedAtMs !== undefined && nowMs - selectedAtMs < holdMs;
    const rank = (key: string): number => {
      const state = known.get(key) as Known;
      const score = scores.get(key) as number;
      if (isHeld(state)) return Number.POSITIVE_INFINITY;
      return state.selectedAtMs === undefined ? score : score * margin;
    };
    const ranks = new Map(entities.map(({ key }) => [key, rank(key)]));
    const sorted = [...ranks].sort(([a, rankA], [b, rankB]) => compare(rankB, rankA) || (a < b ? -1 : 1));
    const selected = new Set(sorted.slice(0, max).map(([key]) => key));
    for (const [key, state] of known) {
      if (!selected.has(key)) state.selectedAtMs = undefined;
      else state.selectedAtMs ??= nowMs;
    }
    return selected;
  };
}

function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function scoresOf(entities: readonly Activity[], known: ReadonlyMap<string, Known>): Map<string, number> {
  const totalRate = entities.reduce((sum, { key }) => sum + (known.get(key)?.rate ?? 0), 0);
  const totalBytes = entities.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  return new Map(
    entities.map(({ key, memoryBytes }) => [
      key,
      Math.max(share(known.get(key)?.rate ?? 0, totalRate), share(memoryBytes, totalBytes)),
    ]),
  );
}
