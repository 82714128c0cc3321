/** Whether alerts arrive, told from Watchdog. */
import { expect, test } from '@jest/globals';
import { watchdogState } from '../../../console/alerts/watchdog.ts';

const time = '2026-11-29T12:00:00.000Z';

test.each([
  ['2026-11-29T11:59:48.000Z', true, 'Watchdog received 12 s ago.'],
  ['2026-11-29T12:00:03.000Z', true, 'Watchdog received 0 s ago.'],
  ['2026-11-29T11:58:45.000Z', true, 'Watchdog received 1 min 15 s ago.'],
  [
    '2026-11-29T11:50:00.000Z',
    false,
    'Watchdog received 10 min ago. Prometheus sends it every minute. Check Prometheus.',
  ],
  [
    undefined,
    false,
    'Alertmanager has no Watchdog: Prometheus sends no alerts, or its rules do not run. Check Prometheus.',
  ],
])('received at %s', (receivedAt, isHealthy, text) => {
  expect(watchdogState(receivedAt, time)).toEqual({ isHealthy, text });
});
