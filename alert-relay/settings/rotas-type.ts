/** Defines the type of the setting `oncall`: rotas by name. */
import { z } from 'zod';
import type { SettingType } from '../../common/program/settings/setting-type.ts';
import { isTimeZone } from '../text/text.ts';
import { createRota, type Override, type Rota, type Rotas, type Shift } from './rota.ts';
import { parseWithSchema } from './schema-type.ts';
import { weekStartOf } from './wall-clock.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const weekTime = z.string('a day and a time such as mon 09:00').transform((text, context) => {
  const [, day = '', hour, minute] = /^([a-z]{3}) ([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  const at = days.findIndex((each) => each === day);
  if (at !== -1) return at * dayMs + (Number(hour) * 60 + Number(minute)) * minuteMs;
  context.addIssue({ code: 'custom', message: 'a day and a time such as mon 09:00' });
  return z.NEVER;
});

/** Parses `2026-12-24` or `2026-12-24 09:00` as a wall time. Returns undefined for a date that does not exist. */
function parseWall(text: string): number | undefined {
  const [, date = '', time = '00:00'] = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}))?$/.exec(text) ?? [];
  const wallMs = Date.parse(`${date}T${time}:00Z`);
  return Number.isNaN(wallMs) || !renderWall(wallMs).startsWith(date) ? undefined : wallMs;
}

function renderWall(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ');
}

function wallTime(expected: string, pattern: RegExp) {
  return z.string(expected).transform((text, context) => {
    const wallMs = pattern.test(text) ? parseWall(text) : undefined;
    if (wallMs !== undefined) return wallMs;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

const date = wallTime('a date such as 2026-12-25', /^[\d-]{10}$/);
const dateTime = wallTime('a date, or a date and a time such as 2026-12-24 09:00', /^/);
const person = z.string('the name of a person').min(1, 'the name of a person');
const people = z.union([person.transform((name) => [name]), z.array(person).min(1)], 'a person, or a list of people');

/** 2024-01-01 was a Monday. */
const standardFirstWeekMs = Date.UTC(2024, 0, 1);

const rota = z
  .strictObject({
    time_zone: z.string('a time zone').refine(isTimeZone, 'a time zone of the IANA database, such as Europe/Berlin'),
    people: z.record(z.string(), z.array(z.string(), 'a list of channels').min(1, 'at least one channel')),
    weekly: z
      .array(z.strictObject({ from: weekTime, person: people }), 'a list of shifts')
      .min(1, 'at least one shift')
      .max(100, 'at most 100 shifts'),
    first_week: date.optional(),
    holidays: z.array(z.strictObject({ date, person }), 'a list of holidays').max(1_000).default([]),
    overrides: z
      .array(z.strictObject({ from: dateTime, to: dateTime, person }), 'a list of overrides')
      .max(1_000)
      .default([]),
  })
  .superRefine((given, context) => {
    const fail = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const known = Object.keys(given.people);
    const check = (name: string, path: (string | number)[]): void => {
      if (!known.includes(name)) fail(path, `one of people: ${known.join(', ')}`);
    };
    for (const [at, shift] of given.weekly.entries()) {
      for (const name of shift.person) check(name, ['weekly', at, 'person']);
      const before = given.weekly[at - 1];
      if (before !== undefined && shift.from <= before.from) fail(['weekly', at, 'from'], 'a later start than before');
    }
    for (const [at, holiday] of given.holidays.entries()) check(holiday.person, ['holidays', at, 'person']);
    for (const [at, override] of given.overrides.entries()) {
      check(override.person, ['overrides', at, 'person']);
      if (override.to <= override.from) fail(['overrides', at, 'to'], 'a later time than from');
    }
  })
  .transform(
    (given): Rota =>
      createRota({
        timeZone: given.time_zone,
        people: given.people,
        weekly: given.weekly.map((each): Shift => ({ offsetMs: each.from, people: each.person })),
        firstWeekMs: weekStartOf(given.first_week ?? standardFirstWeekMs),
        overrides: [
          ...given.overrides.map((each): Override => ({ fromMs: each.from, untilMs: each.to, person: each.person })),
          ...given.holidays.map(
            (each): Override => ({ fromMs: each.date, untilMs: each.date + dayMs, person: each.person }),
          ),
        ],
      }),
  );

const rotaMap = z.record(
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'a name of letters, digits, - and _ (63 at most)'),
  rota,
);

export const rotasType: SettingType<Rotas> = {
  placeholder: 'yaml',
  parse: (raw) => parseWithSchema(rotaMap, raw),
  print: (rotas) => Object.fromEntries(Object.entries(rotas).map(([name, each]) => [name, printRota(each)])),
};

/** Prints holidays as overrides. */
function printRota({ plan: { timeZone, people: channels, weekly, firstWeekMs, overrides } }: Rota): unknown {
  return {
    time_zone: timeZone,
    people: channels,
    weekly: weekly.map(({ offsetMs, people: names }) => ({ from: renderWeekTime(offsetMs), person: names })),
    first_week: renderWall(firstWeekMs).slice(0, 10),
    overrides: overrides.map(({ fromMs, untilMs, person: name }) => ({
      from: renderWall(fromMs),
      to: renderWall(untilMs),
      person: name,
    })),
  };
}

function renderWeekTime(offsetMs: number): string {
  return `${days[Math.floor(offsetMs / dayMs)]} ${renderWall(offsetMs % dayMs).slice(11)}`;
}
