/** The person on call at a time, by weekly shifts, holidays and overrides. */
import { createWallClock, weekStartOf } from './wall-clock.ts';

const weekMs = 7 * 86_400_000;

/** The start of a shift, which lasts to the start of the next shift. */
export interface Shift {
  /** Wall time from Monday 00:00. */
  readonly offsetMs: number;
  /** One person, or several who take turns week by week. */
  readonly people: readonly string[];
}

/** A replacement of the weekly shifts. */
export interface Override {
  /** Wall times, as in wall-clock.ts. `untilMs` is excluded. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly person: string;
}

export interface RotaPlan {
  readonly timeZone: string;
  /** The channels of each person. */
  readonly people: Readonly<Record<string, readonly string[]>>;
  /** At least one, in the order of their start. */
  readonly weekly: readonly Shift[];
  /** Wall time of a Monday: in its week, the first of several people has the shift. */
  readonly firstWeekMs: number;
  /** The first that covers a time decides. */
  readonly overrides: readonly Override[];
}

export interface Handover {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly person: string;
}

export interface Rota {
  readonly plan: RotaPlan;
  /** Returns the person on call at a time in epoch milliseconds. */
  personAt(timeMs: number): string;
  /** Returns the next change of the person after a time, or undefined if there is none within five weeks. */
  tryNextHandover(timeMs: number): Handover | undefined;
}

export type Rotas = Readonly<Record<string, Rota>>;

const horizonMs = 5 * weekMs;
const maxCachedWeeks = 60;

export function createRota(plan: RotaPlan): Rota {
  const { timeZone, weekly, firstWeekMs } = plan;
  const clock = createWallClock(timeZone);
  const overrides = plan.overrides.map(({ fromMs, untilMs, person }) => {
    return { fromMs: clock.instantOf(fromMs), untilMs: clock.instantOf(untilMs), person };
  });
  const cachedWeeks = new Map<number, readonly Handover[]>();

  /** Returns the starts of the shifts in the week that begins at this wall time, oldest first. */
  function startsOfWeek(weekStartMs: number): readonly Handover[] {
    const cached = cachedWeeks.get(weekStartMs);
    if (cached !== undefined) return cached;
    const turn = Math.round((weekStartMs - firstWeekMs) / weekMs);
    const starts = weekly.map(({ offsetMs, people }) => {
      const at = ((turn % people.length) + people.length) % people.length;
      return { atMs: clock.instantOf(weekStartMs + offsetMs), person: people[at] ?? '' };
    });
    if (cachedWeeks.size >= maxCachedWeeks) cachedWeeks.clear();
    cachedWeeks.set(weekStartMs, starts);
    return starts;
  }

  function personAt(timeMs: number): string {
    const override = overrides.find(({ fromMs, untilMs }) => fromMs <= timeMs && timeMs < untilMs);
    if (override !== undefined) return override.person;
    const week = weekStartOf(clock.wallAt(timeMs));
    // A shift in the hour that the clock skips may start after a later one of the list: the latest start decides.
    const begun = [week - weekMs, week].flatMap(startsOfWeek).filter(({ atMs }) => atMs <= timeMs);
    return begun.reduce((a, b) => (b.atMs >= a.atMs ? b : a)).person;
  }

  function tryNextHandover(timeMs: number): Handover | undefined {
    const current = personAt(timeMs);
    const endMs = timeMs + horizonMs;
    const times = overrides.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]);
    for (let week = weekStartOf(clock.wallAt(timeMs)); week <= clock.wallAt(endMs); week += weekMs)
      times.push(...startsOfWeek(week).map(({ atMs }) => atMs));
    const atMs = times
      .filter((each) => each > timeMs && each <= endMs)
      .sort((a, b) => a - b)
      .find((each) => personAt(each) !== current);
    return atMs === undefined ? undefined : { atMs, person: personAt(atMs) };
  }

  return { plan, personAt, tryNextHandover };
}

const prefix = 'oncall:';

/** Returns the entry of a channel list that means the channels of the person on call. */
export function onCallEntry(name: string): string {
  return `${prefix}${name}`;
}

/** Returns the name of the rota that an entry of a channel list means; undefined for a channel. */
export function tryRotaName(entry: string): string | undefined {
  return entry.startsWith(prefix) ? entry.slice(prefix.length) : undefined;
}

/** Replaces the entries of a channel list that name a rota by the channels of the person on call. Keeps an unknown rota. */
export function expandChannels(entries: readonly string[], rotas: Rotas, timeMs: number): readonly string[] {
  return entries.flatMap((entry) => {
    const name = tryRotaName(entry);
    const rota = name !== undefined && Object.hasOwn(rotas, name) ? rotas[name] : undefined;
    return rota === undefined ? [entry] : (rota.plan.people[rota.personAt(timeMs)] ?? []);
  });
}
