/**
 * Bounds the number of series of collectors whose units, containers or process groups may be thousands: selects the busiest, and keeps
 * a selected entity for a while, so that its series do not end and begin again with every change of load.
 */

export interface Activity {
  readonly key: string;
  /** CPU seconds since the entity began. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

export interface BusiestOptions {
  /** How many entities are selected at most. */
  readonly max: number;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
}

/** Returns the keys of the selected entities. */
export type SelectBusiest = (entities: readonly Activity[]) => ReadonlySet<string>;

/** A selected entity stays selected for this time, unless it ends. */
const holdMs = 600_000;
/** After the hold time, another entity takes the place of a selected one when it is busier by this factor. */
const margin = 1.5;
/** Weight of the newest rate in the mean of rates. */
const newest = 0.3;

interface Known {
  cpuSeconds: number;
  /** Mean CPU use in cores; the CPU seconds since the start until two readings are known. */
  rate: number;
  hasRate: boolean;
  selectedAtMs: number | undefined;
}

/**
 * Creates a selection. An entity's score is its share of all CPU use or of all memory, the larger one. Selects all entities when there
 * are at most `max`.
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
