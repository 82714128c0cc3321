import { expect, test } from '@jest/globals';
import { matchesJob, tryMatchingJob, tryOtherJob } from '../../../rules/existing/job-example.ts';

test.each([
  ['node', 'node'],
  ['node.*', 'node'],
  ['node-exporter|kubernetes-nodes', 'node-exporter'],
  ['.+/node-exporter', 'x/node-exporter'],
  ['(node|host)', 'node'],
  ['host-[0-9]+', 'host-1'],
  ['node\\.prod', 'node.prod'],
  ['.*', 'node'],
])('%s matches the derived job %s', (pattern, job) => {
  expect(tryMatchingJob(pattern)).toBe(job);
  expect(matchesJob(pattern, job)).toBe(true);
});

test('no job is derived where none of the attempts matches', () => {
  expect(tryMatchingJob('a{3}')).toBeUndefined();
  expect(matchesJob('a{3}', 'aaa')).toBe(true);
  expect(matchesJob('node', 'node-exporter')).toBe(false);
});

test('another job does not match', () => {
  expect(tryOtherJob('node.*')).toBe('prometheus');
  expect(tryOtherJob('prom.*')).toBe('another');
  expect(tryOtherJob('.*')).toBeUndefined();
});
