/** Tests the strict parsers of the kernel's text files. */
import { describe, expect, test } from '@jest/globals';
import {
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
