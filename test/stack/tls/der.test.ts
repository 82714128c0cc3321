/** DER against the examples of X.690 and of RFC 5280. */
import { expect, test } from '@jest/globals';
import { bitString, element, objectIdentifier, time, unsignedInteger } from '../../../stack/tls/der.ts';

const hex = (bytes: Buffer): string => bytes.toString('hex');

test.each([
  [0x7f, '047f'],
  [0x80, '048180'],
  [0x1234, '04821234'],
])('a length of %d bytes', (length, head) => {
  expect(hex(element(4, Buffer.alloc(length))).slice(0, head.length)).toBe(head);
});

test.each([
  ['00', '020100'],
  ['0000', '020100'],
  ['7f', '02017f'],
  ['80', '02020080'],
  ['0080', '02020080'],
])('the unsigned integer %s', (bytes, encoded) => {
  expect(hex(unsignedInteger(Buffer.from(bytes, 'hex')))).toBe(encoded);
});

test.each([
  ['2.5.29.17', '0603551d11'],
  ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
])('the object identifier %s', (dotted, encoded) => {
  expect(hex(objectIdentifier(dotted))).toBe(encoded);
});

test('times: two digits of the year before 2050, four from then on', () => {
  expect(time(Date.parse('2049-12-31T23:59:59Z')).toString('latin1')).toBe('\x17\x0d491231235959Z');
  expect(time(Date.parse('2050-01-01T00:00:00Z')).toString('latin1')).toBe('\x18\x0f20500101000000Z');
});

test('a bit string counts its unused bits', () => {
  expect(hex(bitString(Buffer.from([0b0000_0100]), 2))).toBe('03020204');
});
