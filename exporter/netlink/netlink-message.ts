/**
 * Parses and encodes messages of netlink(7): a header of 16 bytes and a body, which most protocols begin with a structure and continue
 * with attributes. All numbers have the byte order of the processor.
 * Source: include/uapi/linux/netlink.h of the kernel
 */
import { readU16, readU32, writeU16, writeU32 } from '../syscall/host-order.ts';

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** Attributes by type. When a type repeats, the last one wins. */
export type NetlinkAttributes = ReadonlyMap<number, Buffer>;

const headerBytes = 16;
const attributeHeaderBytes = 4;
/** Without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const attributeTypeMask = 0x3fff;

export function encodeMessage({ type, flags, sequence, body }: NetlinkMessage): Buffer {
  const message = Buffer.alloc(headerBytes + body.length);
  writeU32(message, message.length, 0);
  writeU16(message, type, 4);
  writeU16(message, flags, 6);
  writeU32(message, sequence, 8);
  body.copy(message, headerBytes);
  return message;
}

export function encodeAttribute(type: number, value: Buffer): Buffer {
  const attribute = Buffer.alloc(aligned(attributeHeaderBytes + value.length));
  writeU16(attribute, attributeHeaderBytes + value.length, 0);
  writeU16(attribute, type, 2);
  value.copy(attribute, attributeHeaderBytes);
  return attribute;
}

/** Returns the messages of a datagram. Throws an Error when a length does not fit the datagram. */
export function parseMessages(datagram: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let offset = 0; offset < datagram.length; ) {
    const length = lengthAt(datagram, offset, readLength(datagram, offset, 4), headerBytes, 'message');
    messages.push({
      type: readU16(datagram, offset + 4),
      flags: readU16(datagram, offset + 6),
      sequence: readU32(datagram, offset + 8),
      body: datagram.subarray(offset + headerBytes, offset + length),
    });
    offset += aligned(length);
  }
  return messages;
}

/** Returns the attributes from `offset` on. Throws an Error when a length does not fit the buffer. */
export function parseAttributes(buffer: Buffer, offset = 0): NetlinkAttributes {
  const attributes = new Map<number, Buffer>();
  for (const [type, value] of listAttributes(buffer, offset)) attributes.set(type, value);
  return attributes;
}

/** Returns types and values of all attributes in their order. Throws as {@link parseAttributes} does. */
export function listAttributes(buffer: Buffer, from = 0): (readonly [type: number, value: Buffer])[] {
  const attributes: (readonly [number, Buffer])[] = [];
  for (let offset = from; offset < buffer.length; ) {
    const length = lengthAt(buffer, offset, readLength(buffer, offset, 2), attributeHeaderBytes, 'attribute');
    const type = readU16(buffer, offset + 2) & attributeTypeMask;
    attributes.push([type, buffer.subarray(offset + attributeHeaderBytes, offset + length)]);
    offset += aligned(length);
  }
  return attributes;
}

/** Returns the text of an attribute up to its first NUL. */
export function textOf(value: Buffer): string {
  const end = value.indexOf(0);
  return value.toString('utf8', 0, end === -1 ? value.length : end);
}

function readLength(buffer: Buffer, offset: number, bytes: 2 | 4): number {
  return bytes === 2 ? readU16(buffer, offset) : readU32(buffer, offset);
}

function lengthAt(buffer: Buffer, offset: number, length: number, minimum: number, what: string): number {
  const rest = buffer.length - offset;
  if (length < minimum || length > rest)
    throw new Error(
      `netlink: ${what} at offset ${offset}: expected a length from ${minimum} to ${rest}, got ${length}`,
    );
  return length;
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
