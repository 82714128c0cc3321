/** Orders test files for jest: the slowest files come first, so that the workers end at about the same time. */
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type sequencer from '@jest/test-sequencer';

const require = createRequire(import.meta.url);
const { default: TestSequencer } = require('@jest/test-sequencer') as typeof sequencer;
type Tests = Parameters<InstanceType<typeof TestSequencer>['sort']>[0];

/** Files of test/e2e/ that take more than 30 s, in order of their duration. */
export const slowest: readonly string[] = [
  'console',
  'console-stack',
  'tiers-backend',
  'stack',
  'restart-matrix',
  'console-alerts',
  'tiers-retention',
  'relay-crash',
  'agent-liveness',
  'dashboards',
  'two-relays',
  'ingest-liveness',
  'tiers-outage',
  'gateway-kill',
  'tiers-differential',
  'tiers-late',
  'dashboards-live',
  'tiers-kill',
  'console-session',
  'mail-look',
  'relay-channels',
];

// oxlint-disable-next-line import/no-default-export -- jest loads the default export
export default class SlowestFirst extends TestSequencer {
  /** Listed files, then the other files of test/e2e/, then unit tests. Each group keeps jest's order. */
  override async sort(tests: Tests): Promise<Tests> {
    const sorted = await super.sort(tests);
    return sorted.toSorted((a, b) => rankOf(a.path) - rankOf(b.path));
  }
}

function rankOf(path: string): number {
  if (!/[\\/]test[\\/]e2e[\\/]/.test(path)) return slowest.length + 1;
  const rank = slowest.indexOf(basename(path, '.test.ts'));
  return rank === -1 ? slowest.length : rank;
}
