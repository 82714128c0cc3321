/** Finds families of generic netlink and encodes their commands. Source: include/uapi/linux/genetlink.h of the kernel */
import { readU8, readU16 } from '../syscall/host-order.ts';
import { encodeAttribute, type NetlinkAttributes, type NetlinkMessage, parseAttributes } from './netlink-message.ts';
import { type AskNetlink, netlinkProtocol } from './netlink-socket.ts';

const controllerType = 16;
const getFamilyCommand = 3;
const familyAttribute = { id: 1, name: 2 } as const;
/** Size of struct genlmsghdr: command, version and two reserved bytes. */
const headerBytes = 4;

export interface GenericMessage {
  readonly command: number;
  readonly attributes: NetlinkAttributes;
}

/** Returns the type of the family's messages. Returns undefined when the kernel has no such family. Throws as `ask` does. */
export function readFamilyType(ask: AskNetlink, name: string): number | undefined {
  const body = encodeCommand(getFamilyCommand, encodeAttribute(familyAttribute.name, Buffer.from(`${name}\0`)));
  try {
    const [answer] = ask({ protocol: netlinkProtocol.generic, type: controllerType, body, isDump: false });
    const id = answer && parseGeneric(answer).attributes.get(familyAttribute.id);
    if (id === undefined) throw new Error(`netlink: expected the type of ${name}, got none`);
    return readU16(id);
  } catch (error) {
    if (Error.isError(error) && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Returns the body of a message. */
export function encodeCommand(command: number, attributes: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([command, 0, 0, 0]), attributes]);
}

/** Throws an Error when the message is shorter than its header, or has a wrong length. */
export function parseGeneric({ body }: NetlinkMessage): GenericMessage {
  return { command: readU8(body), attributes: parseAttributes(body, headerBytes) };
}
