/** Runs the restart matrix with the real times of a 5-minute alert, which takes about an hour. `test/e2e/` has a shorter form. */
import { describe, test } from '@jest/globals';
import { realTimes } from '../support/alert-chain.ts';
import { restartMatrix, runRestart } from '../support/restart-scenario.ts';

describe('restarts during a firing 5-minute alert, in real time', () => {
  const cells = restartMatrix.map(
    (restart) => [`${restart.parts.join(' and ')} by ${restart.signal}`, restart] as const,
  );

  test.concurrent.each(cells)('%s', (_name, restart) => runRestart(realTimes, restart), 90 * 60_000);
});
