/** Tests the answers of netlink: their end, their errors and their bounds; and this machine's kernel where Node.js has `node:ffi`. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readLinkNames } from '../../../exporter/netlink/links.ts';
import { encodeMessage } from '../../../exporter/netlink/netlink-message.ts';
import { loadNetlink, readAnswer } from '../../../exporter/netlink/netlink-socket.ts';
import { writeU32 } from '../../../exporter/syscall/host-order.ts';

const data = (flags = 2) => encodeMessage({ type: 16, flags, sequence: 1, body: Buffer.from('data') });
const done = (result = 0, flags = 2) => ending(3, result, flags);
const failed = (result: number) => ending(2, result, 0);

function ending(type: number, result: number, flags: number): Buffer {
  const body = Buffer.alloc(20);
  writeU32(body, result >>> 0, 0);
  return encodeMessage({ type, flags, sequence: 1, body });
}

function answerOf(...datagrams: readonly Buffer[]): ReturnType<typeof readAnswer> {
  const queue = [...datagrams];
  return readAnswer(() => {
    const next = queue.shift();
    if (next === undefined) throw new Error('the kernel has no more datagrams');
    return next;
  });
}

describe('an answer', () => {
  test('has the messages of all datagrams up to its end', () => {
    expect(answerOf(Buffer.concat([data(), data()]), data(), done())?.length).toBe(3);
    expect(answerOf(Buffer.concat([data(), done()]))?.length).toBe(1);
    expect(answerOf(data(0), failed(0))?.length).toBe(1);
  });

  test('keeps its bytes when the buffer is used again', () => {
    const buffer = Buffer.alloc(64);
    const queue = [data(), done()];
    const messages = readAnswer(() => {
      const next = queue.shift() ?? Buffer.alloc(0);
      next.copy(buffer.fill(0));
      return buffer.subarray(0, next.length);
    });
    expect(messages?.[0]?.body.toString()).toBe('data');
  });

  test('is undefined when the list changed meanwhile', () => {
    expect(answerOf(data(0x12), done())).toBeUndefined();
    expect(answerOf(data(), done(0, 0x12))).toBeUndefined();
  });

  test.each([
    ['an error', failed(-1)],
    ['an error at the end of a list', Buffer.concat([data(), done(-1)])],
  ])('throws the code of %s', (_title, datagram) => {
    expect(() => answerOf(datagram)).toThrow(expect.objectContaining({ message: 'netlink: EPERM', code: 'EPERM' }));
  });

  test('that does not end throws', () => {
    expect(() => answerOf(data(), Buffer.alloc(0))).toThrow(/^netlink: expected an answer of 1 to 16777216 bytes/);
    const large = Buffer.concat(Array.from({ length: 50_000 }, () => data()));
    expect(() => readAnswer(() => large)).toThrow(/got 1[78]\d{6}$/);
  });
});

const describeWithFfi = process.getBuiltinModule('node:ffi') && process.platform === 'linux' ? describe : describe.skip;

describeWithFfi('this machine', () => {
  test('lists the devices of sysfs', () => {
    const names = readLinkNames(loadNetlink('test'));
    expect([...names.values()].sort()).toEqual(readdirSync('/sys/class/net').sort());
  });

  test('refuses an unknown type', () => {
    const request = { protocol: 0, type: 5_000, body: Buffer.alloc(16), isDump: true };
    expect(() => loadNetlink('test')(request)).toThrow(/^netlink: E(OP)?NOTSUP/);
  });
});
