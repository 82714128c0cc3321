/** The log of lost samples: each reason of a sender once, then once an hour with the number. */
import { expect, test } from '@jest/globals';
import { createLossLog } from '../../../ingest-gateway/ingest/loss-log.ts';
import { createRejections, examplesOf, summarize } from '../../../ingest-gateway/ingest/sample-checks.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

function rejectionsOf(count: number, reason: 'too_old' | 'label' = 'too_old') {
  const rejections = createRejections();
  for (let index = 0; index < count; index += 1)
    rejections.add({ index, path: `timeseries[${index}]`, reason, message: `m${index}: bad` });
  return rejections;
}

test('the first example of each reason, with the number of the others', () => {
  const rejections = rejectionsOf(3);
  rejections.add({ index: 3, path: 'timeseries[3]', reason: 'label', message: 'is given twice' });
  expect(examplesOf(rejections)).toEqual([
    { path: 'timeseries[0]', message: 'm0: bad (and 2 more: too_old)' },
    { path: 'timeseries[3]', message: 'is given twice' },
  ]);
  expect(summarize(rejections)).toBe('timeseries[0]: m0: bad (and 2 more: too_old); timeseries[3]: is given twice');
});

test('a loss is logged once a sender, protocol and reason, and again after an hour', () => {
  let nowMs = 1_800_000_000_000;
  const log = createRecordingLog();
  const losses = createLossLog({ log, now: () => nowMs });
  const push = (rejections = rejectionsOf(2), sender = 'agent') =>
    losses.note({ sender, way: 'remote_write', rejections });
  push();
  push();
  push(rejectionsOf(1, 'label'));
  push(rejectionsOf(1), 'other');
  push(createRejections());
  const shown = () => log.lines.map(({ sender, reason, samples }) => [sender, reason, samples]);
  expect(shown()).toEqual([
    ['agent', 'too_old', 2],
    ['agent', 'label', 1],
    ['other', 'too_old', 1],
  ]);
  expect(log.lines[0]).toMatchObject({ path: 'timeseries[0]', example: 'm0: bad' });
  nowMs += 3_600_000;
  push();
  expect(shown().at(-1)).toEqual(['agent', 'too_old', 4]);
});
