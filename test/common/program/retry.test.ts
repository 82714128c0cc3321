import { describe, expect, test } from '@jest/globals';
import { parseRetryAfter } from '../../../common/program/retry.ts';

describe('Retry-After', () => {
  const nowMs = Date.UTC(2026, 10, 29, 12, 0, 0);

  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['299.997', 299_997],
    ['0.4935', 494],
    ['Sun, 29 Nov 2026 12:00:30 GMT', 30_000],
    ['Sunday, 29-Nov-26 12:00:30 GMT', 30_000],
    ['Sun Nov 29 12:00:30 2026 GMT', 30_000],
    ['Sun, 29 Nov 2026 11:00:00 GMT', 0],
  ])('%j is %d ms', (header, delayMs) => expect(parseRetryAfter(header, nowMs)).toBe(delayMs));

  test.each([undefined, '', 'soon', '-1', '1,5', '1.5.2', '1e3', '+5'])('%j says nothing', (header) =>
    expect(parseRetryAfter(header, nowMs)).toBeUndefined(),
  );
});
