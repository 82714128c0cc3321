import { describe, expect, test } from '@jest/globals';
import { createRecordRing } from '../../../exporter/top/record-ring.ts';
import type { Top } from '../../../exporter/top/top.ts';
import { answerMinutes, answerTop, parseInstant } from '../../../exporter/top/top-requests.ts';

const noon = Date.parse('2026-01-31T12:00:00Z');
const processes = [{ pid: 7, name: 'ffmpeg', cpu_cores: 1, memory_bytes: 1 }];

function topWith(...endsMs: readonly number[]): Top {
  const ring = createRecordRing({ maxRecords: 9, slackMs: 5_000 });
  for (const to_ms of endsMs) ring.add({ from_ms: to_ms - 5_000, to_ms, processes });
  const nothing = () => undefined;
  return { passes: ring, minutes: ring, start: nothing, stop: nothing, pass: nothing };
}

test.each([
  ['2026-01-31T12:00:00Z', noon],
  ['2026-01-31T13:00:00 01:00', noon],
  [String(noon / 1_000), noon],
  ['0.5', 500],
  ['', undefined],
  ['-1', undefined],
  ['12:00', undefined],
  ['999999999999', undefined],
  ['2026-02-30T12:00:00Z', undefined],
])('the time %j', (text, expected) => {
  expect(parseInstant(text)).toBe(expected);
});

describe('/api/top', () => {
  const ask = (top: Top | undefined, query = '') => {
    const { status, body } = answerTop(top, new URLSearchParams(query));
    return { status, body: JSON.parse(body) as unknown };
  };

  test('answers with the newest record, or that of the instant', () => {
    const record = { from: '2026-01-31T11:59:55.000Z', to: '2026-01-31T12:00:00.000Z', processes };
    expect(ask(topWith(noon))).toEqual({ status: 200, body: record });
    expect(ask(topWith(noon, noon + 5_000), `at=${noon / 1_000 - 1}`)).toEqual({ status: 200, body: record });
  });

  test.each([
    ['at=soon', 400, 'at: expected RFC 3339 (2026-01-31T03:12:00Z) or seconds since 1970, got "soon"'],
    ['at=1&at=2', 400, 'at: expected one time, got 2'],
    ['when=1', 400, 'when: unknown parameter; expected at'],
    [
      'at=1',
      404,
      'there is no record at that time; records are from 2026-01-31T11:59:55.000Z to 2026-01-31T12:00:00.000Z',
    ],
  ])('refuses %s', (query, status, error) => {
    expect(ask(topWith(noon), query)).toEqual({ status, body: { error } });
  });

  test('says why there is nothing', () => {
    expect(ask(topWith())).toMatchObject({ status: 404, body: { error: expect.stringContaining('no record yet') } });
    expect(ask(undefined)).toMatchObject({ status: 404, body: { error: expect.stringContaining('--no-top') } });
    expect(answerMinutes(undefined).status).toBe(404);
  });
});

test('/api/top/minutes answers with every record', () => {
  const { body } = answerMinutes(topWith(noon));
  expect(JSON.parse(body)).toEqual({ records: [{ from_ms: noon - 5_000, to_ms: noon, processes }] });
});
