/** Jest's order of files: the slowest first, so that the workers end at the same time. Without it, jest starts with the largest. */
'use strict';
const { basename } = require('node:path');
const { default: TestSequencer } = require('@jest/test-sequencer');

/** Files of test/e2e/ that take more than 30 s, in order of their duration. */
const slowest = [
  'console',
  'stack',
  'console-stack',
  'restart-matrix',
  'relay-crash',
  'dashboards',
  'tiers-late',
  'tiers-retention',
  'gateway-kill',
  'console-alerts',
  'tiers-backend',
  'two-relays',
  'rules-crash',
  'rules-cli',
  'ingest-liveness',
  'rule-edit',
  'rules',
  'dashboards-live',
  'tiers-outage',
  'tiers-kill',
  'push-gateway',
  'push-kill',
];

class SlowestFirst extends TestSequencer {
  /** Listed files, then the other files of test/e2e/, then unit tests. Each group keeps jest's order. */
  sort(tests) {
    const rankOf = ({ path }) => {
      if (!/[\\/]test[\\/]e2e[\\/]/.test(path)) return slowest.length + 1;
      const rank = slowest.indexOf(basename(path, '.test.ts'));
      return rank === -1 ? slowest.length : rank;
    };
    return super.sort(tests).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

module.exports = SlowestFirst;
module.exports.slowest = slowest;
