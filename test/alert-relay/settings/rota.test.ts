/** Rotas over a year with changes of the clock, compared with a walk over the wall clock in steps of a quarter of an hour. */
import { describe, expect, test } from '@jest/globals';
import { expandChannels, onCallEntry, type Rota } from '../../../alert-relay/settings/rota.ts';
import { rotasType } from '../../../alert-relay/settings/rotas-type.ts';

function rotaOf(raw: Record<string, unknown>): Rota {
  const parsed = rotasType.parse({ ops: raw });
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value['ops'] as Rota;
}

const people = { ana: ['a'], bo: ['b'], cy: ['c'], di: ['d'] };

/** Shifts begin within the hours that the clock skips and repeats, too. */
const shifts = [
  ['mon', '09:00', ['ana', 'bo', 'cy']],
  ['wed', '00:00', ['bo']],
  ['sat', '23:45', ['cy', 'ana']],
  ['sun', '01:30', ['di']],
  ['sun', '02:15', ['ana']],
  ['sun', '02:45', ['bo', 'di']],
  ['sun', '23:00', ['cy']],
] as const;

const overrides = [
  ['2026-03-29 02:30', '2026-03-29 12:00', 'cy'],
  ['2026-10-25 02:30', '2026-10-25 02:45', 'di'],
  ['2026-04-05 01:45', '2026-04-06 00:00', 'cy'],
  ['2026-11-01 01:15', '2026-11-01 01:45', 'ana'],
] as const;
const holidays = [
  ['2026-12-25', 'ana'],
  ['2026-03-08', 'di'],
  ['2026-10-04', 'bo'],
] as const;

/** The reference: it knows wall clocks only by Intl, and finds every time by looking at each quarter of an hour. */
function referenceOf(timeZone: string, fromMs: number, untilMs: number): readonly (readonly [number, string])[] {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const quarterMs = 15 * 60_000;
  const marginMs = 21 * 86_400_000;
  const walls: { readonly atMs: number; readonly wall: string }[] = [];
  for (let atMs = fromMs - marginMs; atMs <= untilMs + marginMs; atMs += quarterMs)
    walls.push({ atMs, wall: format.format(atMs) });
  const firstAt = new Map<string, number>();
  for (const { atMs, wall } of walls) if (!firstAt.has(wall)) firstAt.set(wall, atMs);
  const plus = (wall: string, minutes: number): string =>
    new Date(Date.parse(`${wall.replace(' ', 'T')}:00Z`) + minutes * 60_000)
      .toISOString()
      .slice(0, 16)
      .replace('T', ' ');
  /** A skipped time is shown later by as much as the clock was set forward: by half an hour or by an hour. */
  const timeOf = (wall: string): number => {
    const found = firstAt.get(wall);
    if (found !== undefined) return found;
    const gap = [30, 60].find((minutes) => {
      const later = firstAt.get(plus(wall, minutes));
      const earlier = firstAt.get(plus(wall, -60));
      return later !== undefined && earlier !== undefined && later - earlier === 60 * 60_000;
    });
    return firstAt.get(plus(wall, gap ?? 0)) ?? Number.NaN;
  };

  const names = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const starts: { readonly atMs: number; readonly person: string }[] = [];
  for (const day of new Set(walls.slice(96, -96).map(({ wall }) => wall.slice(0, 10)))) {
    const dayMs = Date.parse(`${day}T00:00:00Z`);
    const name = names[(new Date(dayMs).getUTCDay() + 6) % 7];
    const weeks = Math.floor((dayMs - Date.parse('2026-01-05T00:00:00Z')) / (7 * 86_400_000));
    for (const [on, time, turns] of shifts) {
      if (on !== name) continue;
      const person = turns[(weeks + 100 * turns.length) % turns.length] ?? '';
      starts.push({ atMs: timeOf(`${day} ${time}`), person });
    }
  }
  starts.sort((a, b) => a.atMs - b.atMs);
  const special = [
    ...overrides.map(([from, until, person]) => [timeOf(from), timeOf(until), person] as const),
    ...holidays.map(([day, person]) => [timeOf(`${day} 00:00`), timeOf(plus(`${day} 00:00`, 1_440)), person] as const),
  ];
  return walls
    .filter(({ atMs }) => atMs >= fromMs && atMs < untilMs)
    .map(({ atMs }) => {
      const override = special.find(([from, until]) => from <= atMs && atMs < until);
      return [atMs, override?.[2] ?? starts.findLast((each) => each.atMs <= atMs)?.person ?? ''] as const;
    });
}

describe.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'])('a year in %s', (timeZone) => {
  const rota = rotaOf({
    time_zone: timeZone,
    people,
    weekly: shifts.map(([day, time, turns]) => ({ from: `${day} ${time}`, person: [...turns] })),
    first_week: '2026-01-07',
    overrides: overrides.map(([from, to, person]) => ({ from, to, person })),
    holidays: holidays.map(([date, person]) => ({ date, person })),
  });
  const reference = referenceOf(timeZone, Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1));

  test('each quarter of an hour has the person of the reference', () => {
    expect(reference).toHaveLength(365 * 96);
    const wrong = reference.filter(([atMs, person]) => rota.personAt(atMs) !== person);
    expect(wrong.map(([atMs, person]) => [new Date(atMs).toISOString(), person, rota.personAt(atMs)])).toEqual([]);
    expect(new Set(reference.map(([, person]) => person)).size).toBe(4);
  });

  test('the handovers are those of the reference', () => {
    const expected = reference.filter(([, person], at) => at > 0 && reference[at - 1]?.[1] !== person);
    const found: (readonly [number, string])[] = [];
    for (let timeMs = Date.UTC(2026, 0, 1); ; ) {
      const next = rota.tryNextHandover(timeMs);
      if (next === undefined || next.atMs >= Date.UTC(2027, 0, 1)) break;
      found.push([next.atMs, next.person]);
      timeMs = next.atMs;
    }
    expect(found).toEqual(expected);
  });
});

test('one person all week has no handover', () => {
  const rota = rotaOf({ time_zone: 'UTC', people, weekly: [{ from: 'mon 09:00', person: 'ana' }] });
  expect(rota.personAt(Date.UTC(2026, 0, 5, 8))).toBe('ana');
  expect(rota.tryNextHandover(Date.UTC(2026, 0, 5))).toBeUndefined();
});

test('a channel list gets the channels of the person on call', () => {
  const rota = rotaOf({
    time_zone: 'Europe/Berlin',
    people: { ana: ['chat', 'phone'], bo: ['mail'] },
    weekly: [
      { from: 'mon 09:00', person: 'ana' },
      { from: 'fri 17:00', person: 'bo' },
    ],
  });
  const expand = (time: string) =>
    expandChannels(['team', onCallEntry('ops'), onCallEntry('gone')], { ops: rota }, Date.parse(time));
  expect(expand('2026-03-06T15:59:59Z')).toEqual(['team', 'chat', 'phone', 'oncall:gone']);
  expect(expand('2026-03-06T16:00:00Z')).toEqual(['team', 'mail', 'oncall:gone']);
  expect(expand('2026-07-03T15:00:00Z')).toEqual(['team', 'mail', 'oncall:gone']);
});

const valid = { time_zone: 'UTC', people, weekly: [{ from: 'mon 09:00', person: 'ana' }] };

test.each([
  [{ ...valid, time_zone: 'Mars' }, ['time_zone'], /time zone of the IANA/],
  [{ ...valid, weekly: [] }, ['weekly'], 'at least one shift'],
  [
    { ...valid, weekly: [{ from: 'monday', person: 'ana' }] },
    ['weekly', 0, 'from'],
    'a day and a time such as mon 09:00',
  ],
  [
    { ...valid, weekly: [{ from: 'mon 24:00', person: 'ana' }] },
    ['weekly', 0, 'from'],
    'a day and a time such as mon 09:00',
  ],
  [{ ...valid, weekly: [{ from: 'mon 09:00', person: 'eve' }] }, ['weekly', 0, 'person'], /^one of people: ana/],
  [{ ...valid, weekly: [valid.weekly[0], valid.weekly[0]] }, ['weekly', 1, 'from'], 'a later start than before'],
  [{ ...valid, holidays: [{ date: '2026-02-30', person: 'ana' }] }, ['holidays', 0, 'date'], /^a date such as/],
  [{ ...valid, holidays: [{ date: '2026-02-03', person: 'eve' }] }, ['holidays', 0, 'person'], /^one of people/],
  [
    { ...valid, overrides: [{ from: '2026-02-03', to: '2026-02-03', person: 'ana' }] },
    ['overrides', 0, 'to'],
    'a later time than from',
  ],
])('%j: the fault is at its place', (raw, path, expected) => {
  expect(rotasType.parse({ ops: raw })).toEqual({
    faults: [
      {
        path: ['ops', ...path],
        expected: typeof expected === 'string' ? expected : expect.stringMatching(expected),
        got: expect.any(String),
      },
    ],
  });
});
