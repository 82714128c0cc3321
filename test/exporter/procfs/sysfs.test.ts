/** Failed reads of sysfs: errors of the driver mean an unavailable attribute, other errors are faults. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import {
  isUnavailable,
  tryReadAttribute,
  tryReadInteger,
  tryReadLine,
  tryReadOptionalLine,
  validText,
} from '../../../exporter/procfs/sysfs.ts';

const work = mkdtempSync(join(tmpdir(), 'sysfs-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test.each(['ENOENT', 'EACCES', 'EINVAL', 'EOPNOTSUPP', 'ENODATA', 'EIO', 'EAGAIN', 'EREMOTEIO', 'ENODEV'])(
  '%s means that the attribute is unavailable',
  (code) => expect(isUnavailable(failure(code))).toBe(true),
);

test.each(['EMFILE', 'ENFILE', 'ENOMEM', 'EISDIR', 'ELOOP'])('%s is a fault', (code) => {
  expect(isUnavailable(failure(code))).toBe(false);
});

test('a read that fails with EIO has no value', () => {
  expect(() => readFileSync('/proc/self/mem')).toThrow('EIO');
  expect(tryReadAttribute('/proc/self/mem')).toBeUndefined();
  expect(tryReadInteger('/proc/self/mem')).toBeUndefined();
});

const speed = '/sys/class/net/lo/speed';
(existsSync(speed) ? test : test.skip)(
  'the speed of the loopback device, which the driver refuses, has no value',
  () => {
    expect(() => readFileSync(speed)).toThrow('EINVAL');
    expect(tryReadInteger(speed)).toBeUndefined();
  },
);

test('a folder instead of an attribute is a fault', () => expect(() => tryReadAttribute(work)).toThrow('EISDIR'));

test('a truncated or empty line is an error, except for optional lines', () => {
  const path = join(work, 'attribute');
  const write = (text: string) => writeFileSync(path, text);
  write('  text \n');
  expect(tryReadLine(path)).toBe('text');
  write('text');
  expect(() => tryReadLine(path)).toThrow('text ends within a line');
  write('');
  expect(() => tryReadLine(path)).toThrow('expected one line, got 0');
  expect(tryReadOptionalLine(path)).toBe('');
  write('\n');
  expect(tryReadLine(path)).toBe('');
});

test('a run of invalid bytes becomes one replacement character', () =>
  expect(validText(' a\uFFFD\uFFFDb\uFFFD ')).toBe('a\uFFFDb\uFFFD'));
