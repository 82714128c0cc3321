/** Parsing of scrape requests. */
import { expect, test } from '@jest/globals';
import { parseScrapeRequest } from '../../../exporter/http/metrics-handler.ts';

test.each([
  [undefined, 4_000],
  ['10', 4_000],
  ['2', 1_500],
  ['0.1', 4_000],
  ['soon', 4_000],
])('a scrape timeout of %s s limits the collectors to %d ms', (seconds, limitMs) => {
  const headers = seconds === undefined ? {} : { 'x-prometheus-scrape-timeout-seconds': seconds };
  const parsed = parseScrapeRequest(undefined, headers, { all: new Set(), enabled: new Set() });
  expect(parsed).toEqual({ options: { limitMs } });
});
