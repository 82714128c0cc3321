/** Metrics of this process, compared with the kernel's values. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createProcessMetrics, parseLimit, parseProcessMemory } from '../../exporter/process-metrics.ts';

test('the metrics agree with /proc/self/status', () => {
  const values = new Map(createProcessMetrics()().map(({ name, samples }) => [name, samples[0]?.value]));
  const status = readFileSync('/proc/self/status', 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  const near = (name: string, bytes: number) => {
    expect((values.get(name) ?? NaN) / bytes).toBeGreaterThan(0.9);
    expect((values.get(name) ?? NaN) / bytes).toBeLessThan(1.1);
  };
  near('process_resident_memory_bytes', kilobytes('VmRSS') * 1_024);
  near('process_virtual_memory_bytes', kilobytes('VmSize') * 1_024);
  expect(values.get('process_open_fds')).toBeGreaterThan(2);
  expect(values.get('process_max_fds')).toBeGreaterThan(values.get('process_open_fds') as number);
  expect(values.get('process_virtual_memory_max_bytes')).toBeGreaterThan(kilobytes('VmSize') * 1_024);
  expect(values.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  const startSeconds = values.get('process_start_time_seconds') as number;
  expect(Date.now() / 1_000 - startSeconds).toBeGreaterThan(0);
  expect(Date.now() / 1_000 - startSeconds).toBeLessThan(3_600);
});

test('a process name may contain blanks and parentheses', () => {
  const rest = Array.from({ length: 50 }, (_, index) => index + 3).join(' ');
  expect(parseProcessMemory(`12 (node (a) b) ${rest}\n`)).toEqual({ virtualBytes: 23, residentPages: 24 });
  expect(() => parseProcessMemory('12 (node) S 1 2')).toThrow(/fields 23 and 24/);
});

test('a limit may be absent', () => {
  const limits = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max open files            1024                 524288               files     ',
    'Max address space         unlimited            unlimited            bytes     ',
    '',
  ].join('\n');
  expect(parseLimit(limits, 'Max open files')).toBe(1_024);
  expect(parseLimit(limits, 'Max address space')).toBeUndefined();
});
