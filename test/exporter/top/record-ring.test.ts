import { expect, test } from '@jest/globals';
import { createRecordRing } from '../../../exporter/top/record-ring.ts';

const record = (toMs: number) => ({
  from_ms: toMs - 5,
  to_ms: toMs,
  processes: [{ pid: toMs, name: 'x', cpu_cores: 1, memory_bytes: 1 }],
});

test('an instant finds the record that contains it, or the one that ended just before it', () => {
  const ring = createRecordRing({ maxRecords: 3, slackMs: 4 });
  expect([ring.newest(), ring.span(), ring.at(0)]).toEqual([undefined, undefined, undefined]);
  for (const toMs of [10, 15, 20, 40]) ring.add(record(toMs));
  expect(ring.all()).toEqual([15, 20, 40].map(record));
  expect(ring.span()).toEqual({ fromMs: 10, toMs: 40 });
  expect(ring.newest()).toEqual(record(40));
  const found = [9, 10, 14, 15, 20, 24, 25, 34, 35, 44, 45].map((timeMs) => ring.at(timeMs)?.to_ms);
  expect(found).toEqual([undefined, 15, 15, 20, 20, 20, undefined, undefined, 40, 40, undefined]);
});
