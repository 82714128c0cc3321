/** The selection of the alert's series. */
import { describe, expect, test } from '@jest/globals';
import { tryPickValue } from '../../../alert-relay/stages/resolve-value.ts';

const alert = { alertname: 'CpuUsageHigh', severity: 'warning', job: 'node', instance: 'web-1', mountpoint: '/' };
const sample = (labels: Record<string, string>, value: number) => ({ labels, value, timeMs: 0 });

describe('tryPickValue', () => {
  test.each([
    [
      'the series with the labels of the alert',
      [sample({ instance: 'web-2' }, 1), sample({ instance: 'web-1' }, 2)],
      2,
    ],
    ['the name of the metric is ignored', [sample({ __name__: 'x', job: 'node', instance: 'web-1' }, 3)], 3],
    ['a series without labels', [sample({}, 4)], 4],
    ['0 is a value', [sample({ instance: 'web-1' }, 0)], 0],
    ['no series', [], undefined],
    ["only another host's", [sample({ instance: 'web-2' }, 5)], undefined],
    ['a label that the alert lacks', [sample({ instance: 'web-1', cpu: '0' }, 6)], undefined],
    ['two matching series', [sample({ instance: 'web-1' }, 7), sample({ job: 'node' }, 8)], undefined],
    ['not a finite number', [sample({ instance: 'web-1' }, Number.NaN)], Number.NaN],
  ])('%s', (_name, samples, expected) => {
    expect(tryPickValue(samples, alert)).toBe(expected);
  });
});
