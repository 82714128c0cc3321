/** RFC 3339: times that exist, and texts that only look like times. */
import { expect, test } from '@jest/globals';
import { parseRfc3339 } from '../../../ingest-gateway/schema/rfc3339.ts';

test.each([
  ['2026-01-31T12:00:00Z', Date.UTC(2026, 0, 31, 12)],
  ['2024-02-29t00:00:00.25z', Date.UTC(2024, 1, 29) + 250],
  ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
  ['2026-06-30T23:59:59+05:30', Date.UTC(2026, 5, 30, 18, 29, 59)],
  ['1969-12-31T23:59:59Z', -1_000],
  ['2026-01-31 12:00:00Z', Date.UTC(2026, 0, 31, 12)],
])('%s', (text, timeMs) => {
  expect(parseRfc3339(text)).toBe(timeMs);
});

test.each([
  '2026-02-30T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-10T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-01-32T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T23:60:00Z',
  '2026-01-01T23:59:60Z',
  '2026-01-01T00:00:00+24:00',
  '2026-01-01T00:00:00+00:60',
  '2026-01-01T00:00:00',
  '2026-01-01',
  'now',
  '',
])('%j is refused', (text) => {
  expect(parseRfc3339(text)).toBeUndefined();
});
