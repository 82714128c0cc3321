/**
 * Restarts while an alert is firing. For every set of stopped parts, no false resolution is sent, no episode stays open for
 * ever, and no message is lost. The times of a 5-minute alert are scaled down; test/faults/ uses the real ones.
 */
import { describe, test } from '@jest/globals';
import { restartMatrix, runRestart } from '../support/restart-scenario.ts';

/**
 * A twentieth of `realTimes`, or more where a restart needs it. `for` stays longer than 4 x `resendDelay`, so that an alert that
 * Prometheus does not restore expires in Alertmanager: the case that once failed.
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

  // The tests mostly wait, so two cores can run five at once (jest's limit).
  test.concurrent.each(cells)('%s', (_name, restart) => runRestart(times, restart), 180_000);
});
