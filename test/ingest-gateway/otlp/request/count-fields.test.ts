/** Fields of OTLP requests, counted without reading them. */
import { expect, test } from '@jest/globals';
import { countFields } from '../../../../ingest-gateway/otlp/request/count-fields.ts';
import { attribute, message, numberPoint, text } from '../../../support/protobuf.ts';

const gauge = (...points: readonly Buffer[]): Buffer =>
  message(1, message(2, message(2, text(1, 'm'), message(5, ...points.map((point) => message(1, point))))));
const value = (...parts: readonly Buffer[]): Buffer => message(1, message(1, message(1, message(2, ...parts))));

test.each([
  ['nothing', Buffer.alloc(0), 0],
  ['a gauge of two points: time and value each', gauge(numberPoint(1, 1), numberPoint(2, 1)), 11],
  ['an attribute of a point: key, value, text', gauge(message(7, attribute('k', 'v'))), 10],
  ['a list of an attribute', value(message(5, message(1), message(1), message(1))), 8],
  [
    'packed bounds count one by one',
    message(1, message(2, message(2, message(9, message(1, message(7, Buffer.alloc(80))))))),
    16,
  ],
  ['a text does not count by its bytes', message(1, message(2, message(2, text(1, 'x'.repeat(1_000))))), 4],
])('%s', (_, bytes, count) => {
  expect(countFields(bytes, 1e9)).toBe(count);
});

test('damaged bytes end the count, and a limit stops it', () => {
  expect(countFields(Buffer.from([0x0a, 0x7f]), 1e9)).toBe(1);
  expect(countFields(Buffer.concat(Array.from({ length: 100 }, () => message(1))), 10)).toBe(11);
});

test('attributes that are nested without end do not exhaust the stack', () => {
  let nested: Buffer = Buffer.alloc(0);
  for (let depth = 0; depth < 2_000; depth++) nested = message(5, message(1, nested));
  expect(countFields(value(nested), 1e9)).toBeLessThan(100);
});
