/** Tests the strict parsers of the kernel's text files, and the reader of files on the real procfs and in a folder. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  createFileReader,
  parseDecimal,
  parseLine,
  parseLines,
  parseNumberList,
  parseSigned,
  parseUnsigned,
  parseWords,
} from '../../../exporter/procfs/host-file.ts';

describe('parseUnsigned', () => {
  test.each([
    ['0', 0],
    ['007', 7],
    ['9007199254740993', 9007199254740992],
    ['18446744073709551615', 18446744073709551616],
  ])('%s', (text, value) => expect(parseUnsigned(text, 'x')).toBe(value));

  test.each([
    '',
    ' 1',
    '1 ',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x1f',
    'NaN',
    'Infinity',
    '1_000',
    '١',
    '18446744073709551616',
  ])('rejects %j', (text) =>
    expect(() => parseUnsigned(text, 'stat ctxt')).toThrow(`stat ctxt: expected an unsigned integer, got "${text}"`),
  );

  test('names a missing value', () =>
    expect(() => parseUnsigned(undefined, 'x')).toThrow('x: expected an unsigned integer, got nothing'));
});

test('parseSigned accepts integers only', () => {
  expect(parseSigned('-1', 'x')).toBe(-1);
  expect(parseSigned('42', 'x')).toBe(42);
  for (const text of ['--1', '1.5', '', 'x']) expect(() => parseSigned(text, 'x')).toThrow('x: expected an integer');
});

test('parseDecimal accepts decimals without sign and exponent', () => {
  expect(parseDecimal('0.25', 'x')).toBe(0.25);
  expect(parseDecimal('12', 'x')).toBe(12);
  for (const text of ['.5', '5.', '-0.5', '1e3', 'NaN'])
    expect(() => parseDecimal(text, 'x')).toThrow('x: expected a decimal');
});

test('parseLines takes a last line without LF', () => {
  expect(parseLines('')).toEqual([]);
  expect(parseLines('a\n\nb\n')).toEqual(['a', '', 'b']);
  expect(parseLines('a\nb')).toEqual(['a', 'b']);
});

test('parseLine requires exactly one line', () => {
  expect(parseLine('tsc hpet \n', 'x')).toBe('tsc hpet');
  expect(() => parseLine('a\nb\n', 'x')).toThrow('x: expected one line, got 2');
  expect(() => parseLine('', 'x')).toThrow('x: expected one line, got 0');
});

test('parseWords splits at runs of blanks', () => {
  expect(parseWords('  a \t b  ')).toEqual(['a', 'b']);
  expect(parseWords(' \t ')).toEqual([]);
});

test('parseNumberList expands ranges, accepts an unset list and rejects other texts', () => {
  expect(parseNumberList('\n', 'x')).toEqual([]);
  expect(parseNumberList(' (null)\n', 'x')).toEqual([]);
  expect(parseNumberList('0-3,7,9-10\n', 'x')).toEqual([0, 1, 2, 3, 7, 9, 10]);
  expect(parseNumberList('0-3', 'x')).toEqual([0, 1, 2, 3]);
  for (const text of ['3-1\n', '1-2-3\n', 'a\n', '1,\n', '0-9999999\n', 'null\n', '0,(null)\n', '0, 1\n'])
    expect(() => parseNumberList(text, 'x')).toThrow();
});

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-open-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const openFiles = (): number => readdirSync('/proc/self/fd').length;

test('each read of a file of procfs is a new reading', () => {
  const { read } = createFileReader();
  // The kernel returns another text at each read.
  const readings = Array.from({ length: 20 }, () => read('/proc/sys/kernel/random/uuid'));
  expect(new Set(readings).size).toBe(20);
  for (const reading of readings) expect(reading).toMatch(/^[0-9a-f-]{36}\n$/);
});

test('a file of procfs stays open', () => {
  const { read } = createFileReader();
  const before = openFiles();
  for (let time = 0; time < 5; time++) read('/proc/version');
  expect(openFiles()).toBe(before + 1);
});

test('a text longer than the buffer, which the kernel returns in pages, is whole', () => {
  const { read } = createFileReader();
  const path = '/proc/kallsyms';
  const whole = readFileSync(path, 'utf8');
  expect(whole.length).toBeGreaterThan(200_000);
  for (let time = 0; time < 3; time++) expect(read(path)).toBe(whole);
});

test('files of a process are not kept open', () => {
  const { read } = createFileReader();
  const before = openFiles();
  const path = `/proc/${process.pid}/cmdline`;
  for (let time = 0; time < 3; time++) expect(read(path)).toBe(readFileSync(path, 'utf8'));
  expect(openFiles()).toBe(before);
});

test('a file that another replaced is read under its name', () => {
  const { read } = createFileReader();
  const before = openFiles();
  const path = join(folder, 'meminfo');
  for (const text of ['', 'one\n', 'größer\n']) {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    expect(read(path)).toBe(text);
  }
  expect(openFiles()).toBe(before);
  rmSync(path);
  expect(() => read(path)).toThrow(`ENOENT: no such file or directory, open '${path}'`);
});

test('an error names the path', () => {
  const { read } = createFileReader();
  for (let time = 0; time < 2; time++) {
    expect(() => read('/proc/absent')).toThrow("ENOENT: no such file or directory, open '/proc/absent'");
  }
});

test('tryRead finds a file that is created, removed and created', () => {
  const { tryRead } = createFileReader();
  const path = join(folder, 'comes-and-goes');
  for (const text of ['one', 'two']) {
    for (let time = 0; time < 2; time++) expect(tryRead(path)).toBeUndefined();
    writeFileSync(path, text);
    for (let time = 0; time < 2; time++) expect(tryRead(path)).toBe(text);
    rmSync(path);
  }
});

test('tryRead throws other errors than a missing file', () => {
  const { tryRead } = createFileReader();
  for (let time = 0; time < 2; time++) expect(() => tryRead(folder)).toThrow('EISDIR');
});
