/** Readings that need not be made for every sample set: they are pushed in every set, from the last reading. */

import type { EnabledCollector } from '../../collector/collector.ts';
import type { Family } from '../../exposition/family.ts';

/** Milliseconds between readings by collector; those that are not listed are read for every set. */
const rereadMs: Readonly<Record<string, number>> = {
  filesystem: 30_000,
  // What stays until the next boot is read once.
  dmi: Number.POSITIVE_INFINITY,
  os: Number.POSITIVE_INFINITY,
  uname: Number.POSITIVE_INFINITY,
};

/** A reading a moment early is no earlier than the one it replaces was late. */
const toleranceMs = 500;

export function holdReadings(collectors: readonly EnabledCollector[], now: () => number): EnabledCollector[] {
  return collectors.map((collector) => {
    const every = rereadMs[collector.name];
    return every === undefined ? collector : hold(collector, { everyMs: every, now });
  });
}

/** A reading that failed or found nothing is not held: the next set asks again. */
function hold(
  { name, read }: EnabledCollector,
  { everyMs, now }: { readonly everyMs: number; readonly now: () => number },
): EnabledCollector {
  let held: { readonly families: readonly Family[]; readonly atMs: number } | undefined;

  function keep(families: readonly Family[], atMs: number): readonly Family[] {
    held = families.length === 0 ? undefined : { families, atMs };
    return families;
  }

  return {
    name,
    read(signal) {
      const atMs = now();
      // A clock that went back must not hold a reading for longer.
      if (held !== undefined && atMs >= held.atMs && atMs - held.atMs < everyMs - toleranceMs) return held.families;
      held = undefined;
      const answer = read(signal);
      return answer instanceof Promise ? answer.then((families) => keep(families, atMs)) : keep(answer, atMs);
    },
  };
}
