/** The remote-write reader against malformed bytes. */
import { expect, test } from '@jest/globals';
import { createWriteRequestWriter, encodeLabels } from '../../../common/remote-write/encode.ts';
import { readWriteRequest } from '../../../ingest-gateway/remote-write/read.ts';

test.each([
  ['a cut message', [0x0a, 50, 0x0a]],
  ['a varint of eleven bytes', [0x0a, ...Array<number>(11).fill(0xff)]],
  ['a group', [0x0b]],
  ['field 0', [0x02, 0]],
  ['text that is not UTF-8', [0x0a, 6, 0x0a, 4, 0x0a, 2, 0xc3, 0x28]],
])('%s', (_, bytes) => {
  expect(() => readWriteRequest(Uint8Array.from(bytes))).toThrow('not a WriteRequest of remote write 1.0');
});

test('unknown fields are skipped', () => {
  const writer = createWriteRequestWriter();
  writer.add(encodeLabels('m', {}), [1], [1]);
  const known = [...writer.finish()];
  const unknown = [
    [0x1a, 2, 0x08, 1],
    [0x28, 0x96, 0x01],
    [0x31, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x3d, 0, 0, 0, 0],
  ].flat();
  expect(readWriteRequest(Uint8Array.from([...unknown, ...known]))).toHaveLength(1);
});

test('every byte of a request changed: reads, or throws a WriteRequestError', () => {
  const writer = createWriteRequestWriter();
  for (let index = 0; index < 5; index++) writer.add(encodeLabels(`m${index}`, { a: 'b' }), [1, 2], [index, null]);
  const request = Uint8Array.from(writer.finish());
  let refused = 0;
  for (let position = 0; position < request.length; position++) {
    for (const byte of [0, 0x7f, 0x80, 0xff]) {
      const mutated = Uint8Array.from(request);
      mutated[position] = byte;
      try {
        readWriteRequest(mutated);
      } catch (error) {
        refused++;
        expect((error as Error).name).toBe('WriteRequestError');
      }
    }
  }
  expect(refused).toBeGreaterThan(100);
});
