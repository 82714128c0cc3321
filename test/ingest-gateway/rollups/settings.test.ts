/** Settings of tiers, and the problems that invalid settings report. */
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../../common/program/settings/config.ts';
import { checkConfig, settings } from '../../../ingest-gateway/config.ts';
import { keepRawMs } from '../../../ingest-gateway/rollups/retention/retention-plan.ts';
import { periodsOf } from '../../../ingest-gateway/rollups/settings.ts';

const hourMs = 3_600_000;
const load = (flags: Readonly<Record<string, string>>) =>
  loadConfig(settings, { program: 'gateway', flags, environment: {} });

test('each tier has its own retention; raw samples are kept longer than samples may be late', () => {
  const given = { 'retention.raw': '12h', 'retention.1m': '3d', 'retention.5m': '90d', 'retention.other': '7d' };
  const periods = periodsOf(load(given));
  expect(periods).toEqual({
    rawMs: 12 * hourMs,
    minuteMs: 72 * hourMs,
    fiveMinutesMs: 90 * 24 * hourMs,
    otherMs: 7 * 24 * hourMs,
    lateMs: 26 * hourMs,
  });
  expect(keepRawMs(periods)).toBe(26 * hourMs + 600_000);
  expect(keepRawMs({ ...periods, lateMs: 0 })).toBe(12 * hourMs);
});

test.each([
  [{ 'retention.schedule': '77 3 * * *' }, '--retention.schedule: expected a cron expression'],
  [{ 'retention.raw': '5m' }, '--retention.raw: expected'],
])('%j is refused', (flags, message) => {
  expect(() => load(flags as Readonly<Record<string, string>>)).toThrow(message);
});

test('a finer tier may not be kept longer than a coarser one', () => {
  expect(checkConfig(load({ 'retention.raw': '8d' }))).toMatchObject([{ place: 'retention.1m', got: '7d' }]);
  expect(checkConfig(load({ 'retention.5m': '6d' }))).toMatchObject([{ place: 'retention.5m', got: '6d' }]);
});

test("Prometheus' data directory has no default", () => {
  expect(load({}).prometheusDataDirectory).toBeUndefined();
  const given = { 'retention.prometheus-data-dir': '/var/lib/prometheus' };
  expect(load(given).prometheusDataDirectory).toBe('/var/lib/prometheus');
});
