/**
 * Asks the kernel by netlink(7). The kernel has queued the answer to a request when write(2) and read(2) return, so no call waits, and
 * an answer that is not there is an error.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { readI32 } from '../syscall/host-order.ts';
import { loadSockets, type Sockets, socketFamily, socketType, systemError } from '../syscall/sockets.ts';
import { encodeMessage, type NetlinkMessage, parseMessages } from './netlink-message.ts';

/** Protocols of netlink(7). */
export const netlinkProtocol = { route: 0, generic: 16 } as const;

export interface NetlinkRequest {
  readonly protocol: number;
  readonly type: number;
  readonly body: Buffer;
  /** Whether the answer is the list of all objects, instead of one object. */
  readonly isDump: boolean;
}

/** Returns the messages of the answer. Throws an Error, with the kernel's code when the kernel refuses the request. */
export type AskNetlink = (request: NetlinkRequest) => readonly NetlinkMessage[];

/** Bounds the work of a scrape: 100,000 routes and more. */
const maxAnswerBytes = 16 * 2 ** 20;
/** The kernel's datagrams have at most 32 KiB. */
const datagramBytes = 65_536;
const maxAttempts = 3;

const requestFlag = 0x01;
const ackFlag = 0x04;
const dumpFlags = 0x300;
/** The list changed while the kernel wrote it. */
const interruptedFlag = 0x10;
const errorType = 2;
const doneType = 3;
const firstDataType = 16;

/** Loads netlink for a collector. Throws as {@link loadSockets} does. */
export function loadNetlink(collector: string): AskNetlink {
  return createNetlink(loadSockets(collector));
}

/** Returns a function that opens a socket for each request. */
export function createNetlink(sockets: Pick<Sockets, 'open'>): AskNetlink {
  const datagram = Buffer.alloc(datagramBytes);

  function attempt(request: NetlinkRequest): readonly NetlinkMessage[] | undefined {
    const descriptor = sockets.open(socketFamily.netlink, socketType.raw, request.protocol);
    try {
      const flags = requestFlag | (request.isDump ? dumpFlags : ackFlag);
      writeSync(descriptor, encodeMessage({ type: request.type, flags, sequence: 1, body: request.body }));
      return readAnswer(() => datagram.subarray(0, readSync(descriptor, datagram)));
    } finally {
      closeSync(descriptor);
    }
  }

  return (request) => {
    for (let attempts = 0; attempts < maxAttempts; attempts++) {
      const answer = attempt(request);
      if (answer !== undefined) return answer;
    }
    throw new Error(`netlink: the list of type ${request.type} changed during each of ${maxAttempts} readings`);
  };
}

/**
 * Reads datagrams up to the end of the answer. Returns undefined when the list changed while the kernel wrote it. The messages have
 * copies of the bytes of `read`, which may reuse its buffer.
 */
export function readAnswer(read: () => Buffer): readonly NetlinkMessage[] | undefined {
  const messages: NetlinkMessage[] = [];
  let isInterrupted = false;
  for (let bytes = 0; ; ) {
    const datagram = Buffer.from(read());
    bytes += datagram.length;
    if (datagram.length === 0 || bytes > maxAnswerBytes)
      throw new Error(`netlink: expected an answer of 1 to ${maxAnswerBytes} bytes, got ${bytes}`);
    for (const message of parseMessages(datagram)) {
      isInterrupted ||= (message.flags & interruptedFlag) !== 0;
      if (message.type >= firstDataType) messages.push(message);
      else if (message.type === errorType || message.type === doneType) {
        checkResult(message);
        return isInterrupted ? undefined : messages;
      }
    }
  }
}

/** Throws the error of a message that ends an answer; its body begins with 0 or a negative error number. */
function checkResult({ type, body }: NetlinkMessage): void {
  if (type === doneType && body.length < 4) return;
  const result = readI32(body);
  if (result < 0) throw systemError('netlink', -result);
}
