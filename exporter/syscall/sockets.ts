/**
 * Calls socket(2) and ioctl(2), which Node.js lacks for the protocols that collectors need. Other calls on a socket, such as read(2)
 * and close(2), are those of `node:fs`.
 */
import type * as Ffi from 'node:ffi';
import { getSystemErrorName } from 'node:util';
import { loadFfi } from './ffi.ts';

export interface Sockets {
  /** Returns the file descriptor of a socket that does not block and that child processes do not inherit. Throws an Error with the kernel's code. */
  open(family: number, type: number, protocol: number): number;
  /** Calls ioctl(2) with the address of `argument`. Throws an Error with the kernel's code, such as EOPNOTSUPP. */
  control(descriptor: number, request: number, argument: Buffer): void;
  /** Returns the address of the buffer's bytes, which is valid as long as the buffer is referenced. */
  addressOf(buffer: Buffer): bigint;
}

/** Values of <sys/socket.h>. Linux has the same values on all 64-bit processors that Node.js supports. */
export const socketFamily = { inet: 2, netlink: 16 } as const;
export const socketType = { datagram: 2, raw: 3 } as const;
const nonBlocking = 0o4000;
const closeOnExec = 0o2000000;

/** Loads the calls for a collector. Throws as {@link loadFfi} does. */
export function loadSockets(collector: string): Sockets {
  const ffi = loadFfi(collector, 'socket(2)');
  const {
    socket,
    ioctl,
    __errno_location: errnoLocation,
  } = ffi.dlopen(null, {
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    ioctl: { arguments: ['i32', 'u64', 'buffer'], return: 'i32' },
    __errno_location: { arguments: [], return: 'pointer' },
  }).functions;

  return {
    open(family, type, protocol) {
      const descriptor = socket(family, type | nonBlocking | closeOnExec, protocol);
      if (descriptor < 0) throw systemError('socket', lastError(ffi, errnoLocation));
      return descriptor;
    },
    control(descriptor, request, argument) {
      if (ioctl(descriptor, BigInt(request), argument) < 0) throw systemError('ioctl', lastError(ffi, errnoLocation));
    },
    addressOf: (buffer) => ffi.getRawPointer(buffer),
  };
}

/** Returns the number of the error of this thread's last failed call. */
function lastError(ffi: typeof Ffi, errnoLocation: () => bigint): number {
  return ffi.getInt32(errnoLocation());
}

/** Returns an Error with the properties of Node.js' system errors: `code`, `errno` and `syscall`. */
export function systemError(syscall: string, errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${syscall}: ${code}`), { code, errno: -errno, syscall });
}
