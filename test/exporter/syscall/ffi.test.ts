/** Tests the errors on hosts where Node.js cannot call the C library. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { loadFfi } from '../../../exporter/syscall/ffi.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

test('names the collector, the call and the flag when Node.js has no node:ffi', () => {
  jest.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  expect(() => loadFfi('qdisc', 'socket(2)')).toThrow(
    `qdisc: expected Node.js 26 with node:ffi for socket(2), got ${process.version}; turn off with --no-collector.qdisc`,
  );
});

test('names a processor with 32 bits', () => {
  const { arch } = process;
  Object.defineProperty(process, 'arch', { value: 'arm' });
  try {
    expect(() => loadFfi('timex', 'adjtimex(2)')).toThrow(
      'timex: expected a 64-bit processor, got arm; turn off with --no-collector.timex',
    );
  } finally {
    Object.defineProperty(process, 'arch', { value: arch });
  }
});

test('prints no warning', () => {
  const emitWarning = jest.spyOn(process, 'emitWarning');
  if (process.getBuiltinModule('node:ffi') !== undefined) expect(loadFfi('qdisc', 'socket(2)').suffix).toBe('so');
  expect(emitWarning).not.toHaveBeenCalled();
});
