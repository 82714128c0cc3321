import { expect, test } from '@jest/globals';
import { topPath } from '../../../console/api/top.ts';
import { noRecordText, orderOfSection, recordTimeText, topEntries } from '../../../console/top/top-list.ts';

const local = (text: string) => new Date(text).toISOString();
const ffmpeg = { pid: 7, name: 'ffmpeg', cpu_cores: 1.9731, memory_bytes: 3 * 2 ** 20, io_bytes_per_second: 2_048 };
const postgres = { pid: 8, name: 'postgres', cpu_cores: 0.1, memory_bytes: 2 ** 30, command_line: 'postgres -D x' };

test('processes are listed in the order of the section, with its value', () => {
  expect(topEntries([postgres, ffmpeg], 'cpu')).toEqual([
    { pid: 7, name: 'ffmpeg', value: '197%', title: 'Process 7' },
    { pid: 8, name: 'postgres', value: '10%', title: 'Process 8: postgres -D x' },
  ]);
  const texts = (by: 'memory' | 'io') =>
    topEntries([ffmpeg, postgres], by).map(({ name, value }) => `${name} ${value}`);
  expect(texts('memory')).toEqual(['postgres 1 GiB', 'ffmpeg 3 MiB']);
  expect(texts('io')).toEqual(['ffmpeg 2 KiB/s']);
});

test('a time without a record says which times have one', () => {
  const at = local('2026-01-31T03:12:00');
  expect(noRecordText({ host: 'web-1', at })).toMatch(/^No records of web-1: its exporter keeps none/);
  const span = { oldest: local('2026-01-31T04:00:00'), newest: local('2026-01-31T05:00:00') };
  expect(noRecordText({ host: 'web-1', at, ...span })).toBe(
    'No record at 2026-01-31 03:12:00; records are from 2026-01-31 04:00:00 to 2026-01-31 05:00:00',
  );
});

test('the time of a record', () => {
  const record = { from: local('2026-01-31T03:12:00'), to: local('2026-01-31T03:13:00') };
  expect(recordTimeText(record)).toBe('03:12:00 to 03:13:00');
});

test.each([
  ['CPU', 'cpu'],
  ['Memory', 'memory'],
  ['Disk', 'io'],
  ['Network', undefined],
  [undefined, undefined],
  ['constructor', undefined],
])('the section %s', (title, by) => {
  expect(orderOfSection(title)).toBe(by);
});

test('the address of the answer', () => {
  expect(topPath('web 1', 12.6)).toBe('/api/v1/top?host=web+1&at=13');
});
