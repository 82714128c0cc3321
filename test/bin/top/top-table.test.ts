import { expect, test } from '@jest/globals';
import { topRows, topTitle, whyNoRecord } from '../../../bin/top/top-table.ts';

const local = (text: string) => new Date(text).toISOString();
const use = { pid: 7, name: 'ffmpeg', cpu_cores: 1.504, memory_bytes: 3 * 2 ** 20, io_bytes_per_second: 2_048 };
const other = { pid: 8, name: 'postgres', cpu_cores: 0, memory_bytes: 2 ** 30 };

test('the processes are in the order that was asked for', () => {
  const head = ['PID', 'NAME', 'CPU', 'MEMORY', 'I/O'];
  const first = ['7', 'ffmpeg', '150.4 %', '3.0 MiB', '2.0 KiB/s'];
  expect(topRows([other, use], 'cpu')).toEqual({ head, rows: [first] });
  expect(topRows([use, other], 'memory')).toEqual({
    head,
    rows: [['8', 'postgres', '0.0 %', '1.0 GiB', '-'], first],
  });
  expect(topRows([other], 'io').rows).toEqual([]);
});

test('command lines have a column where there are any', () => {
  const { head, rows } = topRows(
    [
      { ...use, command_line: 'ffmpeg -i x' },
      { ...other, cpu_cores: 1 },
    ],
    'cpu',
  );
  expect(head.at(-1)).toBe('COMMAND LINE');
  expect(rows.map((row) => row.at(-1))).toEqual(['ffmpeg -i x', '-']);
});

test('the title has the time of the record', () => {
  const record = { from: local('2026-01-31T03:12:00'), to: local('2026-01-31T03:13:00') };
  expect(topTitle('web-1', record, 'io')).toBe('web-1, 2026-01-31 03:12:00 to 03:13:00, by I/O');
});

test('without a record, the answer says what there is', () => {
  const at = local('2026-01-31T03:12:00');
  expect(whyNoRecord({ host: 'web-1', at })).toMatch(/^there is no record of the processes of web-1; its exporter/);
  const span = { oldest: local('2026-01-31T04:00:00'), newest: local('2026-01-31T05:00:00') };
  expect(whyNoRecord({ host: 'web-1', at, ...span })).toBe(
    'there is no record of the processes of web-1 at 2026-01-31 03:12:00; there are records from 2026-01-31 04:00:00 to 2026-01-31 05:00:00',
  );
});
