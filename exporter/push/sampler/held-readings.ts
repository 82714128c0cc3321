/** Caches slow-changing collectors between sample sets: every set contains their latest reading. */
import type { EnabledCollector } from '../../collector/collector.ts';
import type { Family } from '../../exposition/family.ts';

/** Milliseconds between readings, by collector. All other collectors are read for every set. */
const rereadMs: Readonly<Record<string, number>> = {
  filesystem: 30_000,
  // Constant until the next boot: read once.
  dmi: Number.POSITIVE_INFINITY,
  os: Number.POSITIVE_INFINITY,
  uname: Number.POSITIVE_INFINITY,
};

/** How much earlier than due a reading may start, because the previous reading may have been late. */
const toleranceMs = 500;

export function holdReadings(collectors: readonly EnabledCollector[], now: () => number): EnabledCollector[] {
  return collectors.map((collector) => {
    const every = rereadMs[collector.name];
    return every === undefined ? collector : hold(collector, { everyMs: every, now });
  });
}

/** Caches the families of one collector. Failed and empty readings are not cached. */
function hold(
  { name, read, partialErrors }: EnabledCollector,
  { everyMs, now }: { readonly everyMs: number; readonly now: () => number },
): EnabledCollector {
  let cached: { readonly families: readonly Family[]; readonly atMs: number } | undefined;

  function store(families: readonly Family[], atMs: number): readonly Family[] {
    cached = families.length === 0 ? undefined : { families, atMs };
    return families;
  }

  return {
    name,
    ...(partialErrors !== undefined && { partialErrors }),
    read(signal) {
      const atMs = now();
      // A clock that was set back must not extend the life of a reading.
      if (cached !== undefined && atMs >= cached.atMs && atMs - cached.atMs < everyMs - toleranceMs)
        return cached.families;
      cached = undefined;
      const reading = read(signal);
      return reading instanceof Promise ? reading.then((families) => store(families, atMs)) : store(reading, atMs);
    },
  };
}
