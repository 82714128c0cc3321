/** Templates of files whose lines keep their names. */
import { expect, test } from '@jest/globals';
import { createLineTemplate } from '../../../exporter/collector/line-template.ts';

const meminfo = 'MemTotal:       16384 kB\nActive(anon):      12 kB\nHugePages_Total:       0\n';

test('returns the numbers of the exposed lines', () => {
  const template = createLineTemplate();
  expect(template.read(meminfo)).toBeUndefined();
  template.learn(meminfo, () => true);
  expect(template.read(meminfo)).toEqual([16_384, 12, 0]);
  template.learn('pgpgin 1\nnr_zone 2\nIp6InReceives   \t3\n', (name) => name !== 'nr_zone');
  expect(template.read('pgpgin 9223372036854775807\nnr_zone 5\nIp6InReceives\t6\n')).toEqual([2 ** 63, 6]);
});

test.each([
  ['a new line', `${meminfo}Hugetlb: 1 kB\n`],
  ['a missing line', meminfo.replace(/^.*\n/, '')],
  ['another order', 'Active(anon): 12 kB\nMemTotal: 16384 kB\nHugePages_Total: 0\n'],
  ['another name', meminfo.replace('anon', 'file')],
  ['another unit', meminfo.replace('16384 kB', '16384 MB')],
  ['no unit', meminfo.replace('16384 kB', '16384')],
  ['a sign', meminfo.replace('16384', '-16384')],
  ['20 digits', meminfo.replace('16384', '18446744073709551616')],
  ['no number', meminfo.replace('16384', '')],
  ['a cut end', meminfo.slice(0, -1)],
  ['an empty file', ''],
])('does not match %s', (_, text) => {
  const template = createLineTemplate();
  template.learn(meminfo, () => true);
  expect(template.read(text)).toBeUndefined();
  expect(template.read(meminfo)).toEqual([16_384, 12, 0]);
});

test.each(['MemTotal 1 2\n', 'a.*b 1\n', 'MemTotal: x kB\n', '\n', 'MemTotal: 1 kB \n'])(
  'learns nothing from %j',
  (text) => {
    const template = createLineTemplate();
    template.learn(meminfo, () => true);
    template.learn(text, () => true);
    expect(template.read(text)).toBeUndefined();
    expect(template.read(meminfo)).toBeUndefined();
  },
);
