/**
 * Answers requests of netlink(7) from a case's `netlink.json` instead of this machine's kernel. Keys are protocol, type and body of a
 * request, such as `0/38` for the queueing disciplines; the body is hexadecimal without zeros at its end. A value is the number of an
 * error, or the list of the answer's datagrams: a recorded datagram is hexadecimal, any other is a list of messages.
 */
import { readFileSync } from 'node:fs';
import type { Collector } from '../../exporter/collector/collector.ts';
import { createNetworkRoute } from '../../exporter/collectors/network_route.ts';
import { createQdisc } from '../../exporter/collectors/qdisc.ts';
import { createWifi } from '../../exporter/collectors/wifi.ts';
import { encodeAttribute, encodeMessage } from '../../exporter/netlink/netlink-message.ts';
import { type AskNetlink, readAnswer } from '../../exporter/netlink/netlink-socket.ts';
import { writeU16, writeU32, writeU64 } from '../../exporter/syscall/host-order.ts';
import { systemError } from '../../exporter/syscall/sockets.ts';

/** `text:eth0`, `hex:00ff`, `u8:1`, `u16:1`, `u32:1`, `u64:1`, or nested attributes. */
type Value = string | readonly Attribute[];
type Attribute = readonly [type: number, value: Value];

interface Message {
  readonly type: number;
  /** The structure before the attributes, hexadecimal. */
  readonly body?: string;
  readonly attributes?: readonly Attribute[];
}

type Answer = number | readonly (string | readonly Message[])[];

const doneType = 3;

export function askRecorded(path: string): AskNetlink {
  const answers = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Answer>>;
  return ({ protocol, type, body }) => {
    const rest = body.toString('hex').replace(/(?:00)+$/, '');
    const key = [protocol, type, ...(rest === '' ? [] : [rest])].join('/');
    const answer = answers[key];
    if (answer === undefined) throw new Error(`${path}: no answer to ${key}`);
    if (typeof answer === 'number') throw systemError('netlink', answer);
    const datagrams = answer.map((each) => (typeof each === 'string' ? Buffer.from(each, 'hex') : encode(each)));
    const end = encodeMessage({ type: doneType, flags: 0, sequence: 1, body: Buffer.alloc(4) });
    const queue = [...datagrams, end];
    return readAnswer(() => queue.shift() ?? Buffer.alloc(0)) ?? [];
  };
}

function encode(messages: readonly Message[]): Buffer {
  return Buffer.concat(
    messages.map(({ type, body = '', attributes = [] }) =>
      encodeMessage({
        type,
        flags: 0,
        sequence: 1,
        body: Buffer.concat([Buffer.from(body, 'hex'), encodeAttributes(attributes)]),
      }),
    ),
  );
}

function encodeAttributes(attributes: readonly Attribute[]): Buffer {
  return Buffer.concat(attributes.map(([type, value]) => encodeAttribute(type, encodeValue(value))));
}

function encodeValue(value: Value): Buffer {
  if (typeof value !== 'string') return encodeAttributes(value);
  const [, kind = '', rest = ''] = /^(\w+):(.*)$/s.exec(value) ?? [];
  const buffer = Buffer.alloc(8);
  switch (kind) {
    case 'text':
      return Buffer.from(`${rest}\0`);
    case 'hex':
      return Buffer.from(rest, 'hex');
    case 'u8':
      return Buffer.from([Number(rest) & 0xff]);
    case 'u16':
      writeU16(buffer, Number(rest), 0);
      return buffer.subarray(0, 2);
    case 'u32':
      writeU32(buffer, Number(rest), 0);
      return buffer.subarray(0, 4);
    case 'u64':
      writeU64(buffer, BigInt(rest), 0);
      return buffer;
    default:
      throw new Error(`expected text, hex, u8, u16, u32 or u64, got ${value}`);
  }
}

export function createCaseQdisc(path: string): Collector {
  return createQdisc(() => askRecorded(path));
}

export function createCaseNetworkRoute(path: string): Collector {
  return createNetworkRoute(() => askRecorded(path));
}

export function createCaseWifi(path: string): Collector {
  return createWifi(() => askRecorded(path));
}
