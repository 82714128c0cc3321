/** Tests the messages of netlink on bytes that the kernel sent. */
import { describe, expect, test } from '@jest/globals';
import {
  encodeAttribute,
  encodeMessage,
  listAttributes,
  parseAttributes,
  parseMessages,
  textOf,
} from '../../../exporter/netlink/netlink-message.ts';
import { createRandom } from '../../support/random.ts';

/** A message of RTM_NEWQDISC for a device with `noqueue`, recorded on Linux 6.18 on x86-64. */
const recorded = Buffer.from(
  '9400000024000200010000003d380000000000000100000000000000ffffffff020000000c0001006e6f7175657565000500' +
    '0c00000000003000070014000100000000000000000000000000000000001800030000000000000000000000000000000000' +
    '000000002c00030000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  'hex',
);

describe('a recorded datagram', () => {
  const [message] = parseMessages(recorded);

  test('has a header and a body', () => {
    expect(message).toMatchObject({ type: 36, flags: 2, sequence: 1 });
    expect(message?.body.length).toBe(132);
  });

  test('has attributes, without their flags and padding', () => {
    const attributes = parseAttributes(message?.body ?? Buffer.alloc(0), 20);
    expect([...attributes.keys()]).toEqual([1, 12, 7, 3]);
    expect(textOf(attributes.get(1) ?? Buffer.alloc(0))).toBe('noqueue');
    expect([...parseAttributes(attributes.get(7) ?? Buffer.alloc(0)).keys()]).toEqual([1, 3]);
  });
});

describe('encoded messages', () => {
  test('are parsed as they were written, also several in a datagram', () => {
    const body = Buffer.concat([
      encodeAttribute(3, Buffer.from('eth0\0')),
      encodeAttribute(0x8004, Buffer.alloc(4, 7)),
    ]);
    const datagram = Buffer.concat([
      encodeMessage({ type: 16, flags: 5, sequence: 9, body }),
      encodeMessage({ type: 3, flags: 0, sequence: 9, body: Buffer.alloc(4) }),
    ]);
    const messages = parseMessages(datagram);
    expect(messages.map(({ type, flags, sequence }) => [type, flags, sequence])).toEqual([
      [16, 5, 9],
      [3, 0, 9],
    ]);
    const attributes = listAttributes(messages[0]?.body ?? Buffer.alloc(0));
    expect(attributes.map(([type, value]) => [type, value.toString('hex')])).toEqual([
      [3, '6574683000'],
      [4, '07070707'],
    ]);
  });
});

describe('damaged datagrams', () => {
  test.each([
    ['a message that is longer than the datagram', Buffer.from('20000000240002000100000000000000', 'hex')],
    ['a message that is shorter than its header', Buffer.from('0f000000240002000100000000000000', 'hex')],
  ])('%s', (_title, datagram) => {
    expect(() => parseMessages(datagram)).toThrow(
      /^netlink: message at offset 0: expected a length from 16 to 16, got \d+$/,
    );
  });

  test('an attribute of length 0 ends no loop silently', () => {
    expect(() => parseAttributes(Buffer.alloc(8))).toThrow(
      'netlink: attribute at offset 0: expected a length from 4 to 8, got 0',
    );
  });

  test('every damage throws an Error or gives messages within the datagram', () => {
    const random = createRandom(1);
    for (let turn = 0; turn < 2_000; turn++) {
      const damaged = Buffer.from(recorded);
      for (let byte = 0; byte < 4; byte++) damaged[random.below(damaged.length)] = random.below(256);
      try {
        const bodies = parseMessages(damaged).map(({ body }) => body.length);
        expect(bodies.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(damaged.length);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Error);
      }
    }
  });
});
