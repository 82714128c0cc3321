/** Tests the canonical text of IP addresses. */
import { expect, test } from '@jest/globals';
import { formatAddress } from '../../../../exporter/collectors/network_route/ip-address.ts';

test.each([
  ['', ''],
  ['c0000201', '192.0.2.1'],
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000000000001', '::1'],
  ['fe800000000000000000000000000000', 'fe80::'],
  ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
])('%s is %s', (hex, text) => {
  expect(formatAddress(Buffer.from(hex, 'hex'))).toBe(text);
});

test('another length is an error', () => {
  expect(() => formatAddress(Buffer.alloc(5))).toThrow('expected an address of 4 or 16 bytes, got 5');
});
