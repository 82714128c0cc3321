/** The state of a pushing host at every edge of its transitions. */
import { expect, test } from '@jest/globals';
import { expectedMs, graceMs, upState } from '../../../ingest-gateway/liveness/up.ts';

const nowMs = 1_800_000_000_000;
const longAgoMs = nowMs - 100 * expectedMs;
const second = 1_000;

test.each([
  ['a push just now', { silentMs: 0 }, 'up'],
  ['three intervals of silence', { silentMs: 15 * second }, 'up'],
  ['more than three intervals of silence', { silentMs: 15 * second + 1 }, 'silent'],
  ['a slow host within three of its intervals', { silentMs: 180 * second, intervalMs: 60 * second }, 'up'],
  ['a slow host after three of its intervals', { silentMs: 180 * second + 1, intervalMs: 60 * second }, 'silent'],
  ['a host that was marked silent and pushes again', { silentMs: 0, silentSinceMs: nowMs - 60 * second }, 'up'],
  ['seven days of silence', { silentMs: expectedMs, silentSinceMs: nowMs - expectedMs }, 'silent'],
  ['more than seven days of silence', { silentMs: expectedMs + 1, silentSinceMs: nowMs - expectedMs }, 'gone'],
  ['a removed host', { silentMs: 60 * second, forgottenMs: nowMs }, 'forgotten'],
  ['a host that pushed in the millisecond of its removal', { silentMs: 0, forgottenMs: nowMs }, 'forgotten'],
  [
    'a removed host whose last pushes another gateway may know of',
    { silentMs: 2 * second, forgottenMs: nowMs - second, delayMs: 30 * second },
    'up',
  ],
  ['a host that pushed after its removal', { silentMs: 0, forgottenMs: nowMs - 1 }, 'up'],
  ['pushes that another gateway may know of', { silentMs: 45 * second, delayMs: 30 * second }, 'up'],
  ['pushes that no gateway knows of', { silentMs: 45 * second + 1, delayMs: 30 * second }, 'silent'],
  ['a gateway that just started', { silentMs: 60 * second, listeningMs: 0 }, 'unknown'],
  ['a gateway at the end of the grace period', { silentMs: 600 * second, listeningMs: graceMs - 1 }, 'unknown'],
  ['a gateway after the grace period', { silentMs: 600 * second, listeningMs: graceMs }, 'silent'],
  ['a push after the start, then silence', { silentMs: 20 * second, listeningMs: 30 * second }, 'silent'],
  [
    'silence that was recorded before the start',
    { silentMs: 600 * second, listeningMs: 0, silentSinceMs: 1 },
    'silent',
  ],
  ['seven days of silence at a gateway that just started', { silentMs: expectedMs + 1, listeningMs: 0 }, 'gone'],
] as const)('%s: %#', (_, facts, state) => {
  const { silentMs, intervalMs, silentSinceMs, forgottenMs, listeningMs, delayMs } = {
    intervalMs: 5 * second,
    silentSinceMs: undefined,
    forgottenMs: undefined,
    delayMs: 0,
    listeningMs: nowMs - longAgoMs,
    ...facts,
  };
  const lastPushMs = nowMs - silentMs;
  const host = { host: 'web-1', lastPushMs, lastSampleMs: lastPushMs, intervalMs, silentSinceMs, forgottenMs };
  expect(upState(host, { nowMs, listeningSinceMs: nowMs - listeningMs, delayMs })).toBe(state);
});
