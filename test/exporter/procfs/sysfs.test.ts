/** Attributes that cannot be read or parsed: absent ones are silent, refused and malformed ones are reported. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createAttributeReader, isAbsent, validText } from '../../../exporter/procfs/sysfs.ts';
import { createRecordingFaults } from '../../support/collector-host.ts';

const work = mkdtempSync(join(tmpdir(), 'sysfs-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function attributeWith(content: string | Buffer): string {
  const path = join(work, 'attribute');
  writeFileSync(path, content);
  return path;
}

test.each(['ENOENT', 'EACCES', 'EINVAL', 'EOPNOTSUPP', 'ENODATA', 'ENODEV', 'ENXIO'])(
  '%s means that the attribute has no value',
  (code) => expect(isAbsent(failure(code))).toBe(true),
);

test.each(['EIO', 'EAGAIN', 'EREMOTEIO', 'ENETDOWN', 'ESHUTDOWN', 'EPIPE', 'EBADMSG', 'ENOMEM', 'EMFILE'])(
  '%s is a fault',
  (code) => expect(isAbsent(failure(code))).toBe(false),
);

test('a refused read has no value and is reported', () => {
  const faults = createRecordingFaults();
  const attributes = createAttributeReader(faults);
  expect(() => readFileSync('/proc/self/mem')).toThrow('EIO');
  expect(attributes.text('/proc/self/mem')).toBeUndefined();
  expect(attributes.integer(work)).toBeUndefined();
  expect(faults.lines).toEqual([
    '/proc/self/mem: EIO: i/o error, read',
    `${work}: EISDIR: illegal operation on a directory, read`,
  ]);
});

test('an absent attribute has no value and is not reported', () => {
  const faults = createRecordingFaults();
  const attributes = createAttributeReader(faults);
  const path = join(work, 'none');
  expect(attributes.text(path)).toBeUndefined();
  expect(attributes.line(path)).toBeUndefined();
  expect(attributes.unsigned(join(path, 'below'))).toBeUndefined();
  expect(faults.count()).toBe(0);
});

const speed = '/sys/class/net/lo/speed';
(existsSync(speed) ? test : test.skip)(
  'the speed of the loopback device, which the driver refuses, has no value',
  () => {
    const faults = createRecordingFaults();
    expect(() => readFileSync(speed)).toThrow('EINVAL');
    expect(createAttributeReader(faults).integer(speed)).toBeUndefined();
    expect(faults.count()).toBe(0);
  },
);

test.each(['', '\n', '<unknown>\n', '4.5\n', '0x1f\n', '1\n2\n', 'N/A', '99999999999999999999999\n'])(
  '%j is no integer',
  (content) => {
    const faults = createRecordingFaults();
    expect(createAttributeReader(faults).integer(attributeWith(content))).toBeUndefined();
    expect(faults.count()).toBe(1);
  },
);

test('a negative number is an integer, and a fault where it is impossible', () => {
  const faults = createRecordingFaults();
  const attributes = createAttributeReader(faults);
  const path = attributeWith('-5\n');
  expect(attributes.integer(path)).toBe(-5);
  expect(faults.count()).toBe(0);
  expect(attributes.unsigned(path)).toBeUndefined();
  expect(faults.lines).toEqual([`${path}: expected an unsigned integer, got "-5"`]);
});

test('a line needs no line feed, may be empty, and is valid UTF-8', () => {
  const attributes = createAttributeReader(createRecordingFaults());
  expect(attributes.line(attributeWith('  text \n'))).toBe('text');
  expect(attributes.line(attributeWith('text'))).toBe('text');
  expect(attributes.line(attributeWith(''))).toBe('');
  expect(attributes.line(attributeWith('\n'))).toBe('');
  expect(attributes.line(attributeWith(Buffer.from('caf\xe9\n', 'latin1')))).toBe('caf\uFFFD');
  expect(attributes.unsigned(attributeWith('41000'))).toBe(41000);
});

test('a run of invalid bytes becomes one replacement character', () =>
  expect(validText(' a\uFFFD\uFFFDb\uFFFD ')).toBe('a\uFFFDb\uFFFD'));
