/** Series that cannot be forwarded as they were sent: what is kept of them, what is lost, and why. */
import { describe, expect, test } from '@jest/globals';
import { encodeSeries, mendSeries } from '../../../../ingest-gateway/ingest/remote-write/mend-series.ts';
import { readWriteRequest } from '../../../../ingest-gateway/remote-write/read.ts';
import { MalformedRequestError } from '../../../../ingest-gateway/remote-write/wire-cursor.ts';
import { field, type Labels, label, sample, text } from '../../../support/raw-write-request.ts';

const nowMs = 1_795_395_685_000;
const base: Labels = [
  ['__name__', 'a'],
  ['instance', 'web-1'],
  ['job', 'app'],
];
const mend = (...parts: readonly (readonly number[])[]) => mendSeries(Uint8Array.from(parts.flat()), nowMs);
const labelsOf = (labels: Labels) => labels.flatMap(label);
const kept = (labels: Labels) => {
  const read = mend(labelsOf(labels), sample(nowMs));
  if ('reason' in read) throw new Error(read.message);
  return { __name__: read.name, ...read.labels };
};

describe('labels', () => {
  test.each([
    ['an empty value is an absent label', [...base, ['zone', '']], Object.fromEntries(base)],
    ['no instance', [base[0], base[2]], { __name__: 'a', job: 'app' }],
    ['an empty instance', [base[0], ['instance', ''], base[2]], { __name__: 'a', job: 'app' }],
    ['the name alone', [base[0]], { __name__: 'a' }],
    ['not sorted', [['zone', 'z'], ...base], { ...Object.fromEntries(base), zone: 'z' }],
    [
      '__proto__',
      [...base, ['__proto__', 'x']],
      Object.fromEntries([...base, ['__proto__', 'x']] as unknown as [string, string][]),
    ],
  ] as [string, Labels, object][])('%s', (_, labels, expected) => {
    expect(kept(labels)).toEqual(expected);
    const read = mend(labelsOf(labels), sample(nowMs));
    if ('reason' in read) throw new Error(read.message);
    const [encoded] = readWriteRequest(encodeSeries(read));
    expect(Object.fromEntries(encoded?.labels ?? [])).toEqual(expected);
  });

  const bad = (name: readonly number[], value: readonly number[]) => field(0x0a, [...name, ...value]);
  test.each([
    ['given twice', labelsOf([...base, ['job', 'app']]), 'label', 'label "job" is given twice'],
    ['given twice, once empty', labelsOf([...base, ['job', '']]), 'label', 'label "job" is given twice'],
    ['no name', labelsOf(base.slice(1)), 'name', '__name__ is missing'],
    ['an empty name', labelsOf([['__name__', ''], ...base.slice(1)]), 'name', '__name__ is missing'],
    ['a bad name', labelsOf([['__name__', 'a-b']]), 'name', '__name__: expected letters, digits, _ and :, got "a-b"'],
    [
      'a bad label',
      labelsOf([...base, ['a.b', 'x']]),
      'label',
      'label "a.b": expected a name of letters, digits and _',
    ],
    [
      'a long value',
      labelsOf([...base, ['z', 'x'.repeat(1_025)]]),
      'label',
      'label "z": expected a value of at most 1024 bytes',
    ],
    [
      'a value that is not UTF-8',
      [...labelsOf(base), ...bad(field(0x0a, text('z')), field(0x12, [0xff, 0xfe]))],
      'label',
      'label "z": the value is not UTF-8',
    ],
    [
      'a name that is not UTF-8',
      [...labelsOf(base), ...bad(field(0x0a, [0xc3]), field(0x12, text('x')))],
      'label',
      'labels[3]: the name is not UTF-8',
    ],
    [
      'too many labels',
      labelsOf([...base, ...Array.from({ length: 41 }, (_, at) => [`l${at}`, 'x'] as const)]),
      'limit',
      'more than 40 labels',
    ],
  ] as [string, number[], string, string][])('%s costs the series', (_, labels, reason, message) => {
    expect(mend(labels, sample(nowMs), sample(nowMs - 1))).toMatchObject({ reason, message, samples: 2 });
  });
});

describe('samples', () => {
  const times = (...timesMs: readonly number[]) => {
    const read = mend(labelsOf(base), ...timesMs.map((timeMs) => sample(timeMs)));
    if ('reason' in read) throw new Error(read.message);
    return { times: read.samples.map(({ timestampMs }) => timestampMs), losses: read.losses };
  };

  test('the valid ones are kept and sorted; each reason is counted with its first place', () => {
    expect(times(nowMs, nowMs - 1, nowMs - 27 * 3_600_000, nowMs + 120_000, nowMs / 1_000, nowMs)).toEqual({
      times: [nowMs - 1, nowMs],
      losses: [
        { reason: 'too_old', message: 'samples[2]: older than 26 h', samples: 2 },
        {
          reason: 'too_new',
          message: "samples[3]: more than 60 s ahead of the gateway's clock: 120000 ms",
          samples: 1,
        },
      ],
    });
  });

  test('of two values at one time, the first is kept', () => {
    const value = (timeMs: number, high: number) =>
      field(0x12, [...sample(timeMs).slice(2, 9), high, 0x40, ...sample(timeMs).slice(11)]);
    const read = mend(labelsOf(base), sample(nowMs), value(nowMs, 0x10));
    expect(read).toMatchObject({ losses: [{ reason: 'duplicate', samples: 1 }] });
  });

  test('native histograms are left out', () => {
    expect(mend(labelsOf(base), sample(nowMs), field(0x22, []))).toMatchObject({
      samples: [{ timestampMs: nowMs }],
      losses: [{ reason: 'histogram', samples: 1 }],
    });
  });
});

test('bytes that are not a series are malformed', () => {
  expect(() => mend([0x0a, 9, 1])).toThrow(MalformedRequestError);
});
