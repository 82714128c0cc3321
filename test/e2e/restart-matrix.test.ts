/**
 * Restarts under a firing alert: whatever part goes down and however, no end is told that was none, no episode stays
 * open for ever, and nothing is lost. Times are a 5-minute alert's, scaled down; test/faults/ runs the real ones.
 */
import { describe, test } from '@jest/globals';
import { restartMatrix, runRestart } from '../support/restart-scenario.ts';

/**
 * A twentieth of `realTimes`, less where a restart would not fit. What made a 5-minute alert fail must stay true: `for`
 * is longer than 4 x `resendDelay`, so an alert that Prometheus does not restore runs out in Alertmanager meanwhile.
 */
const times = {
  scrape: 500,
  evaluation: 500,
  for: 15_000,
  forGracePeriod: 500,
  resendDelay: 3_000,
  groupWait: 500,
  groupInterval: 1_500,
  reconcileInterval: 1_000,
  absentFor: 13_000,
} as const;

describe('restarts under a firing alert', () => {
  const cells = restartMatrix.map(
    (restart) => [`${restart.parts.join(' and ')} by ${restart.signal}`, restart] as const,
  );

  // Each waits far more than it works, so two cores serve five at once (jest's own limit).
  test.concurrent.each(cells)('%s', (_name, restart) => runRestart(times, restart), 180_000);
});
