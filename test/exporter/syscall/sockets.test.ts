/** Tests the system calls on this machine. */
import { closeSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadSockets, socketFamily, socketType } from '../../../exporter/syscall/sockets.ts';

const describeWithFfi = process.getBuiltinModule('node:ffi') && process.platform === 'linux' ? describe : describe.skip;
const getIndex = 0x8933;

describeWithFfi('on this machine', () => {
  const sockets = loadSockets('test');

  test('opens a socket and asks for the index of a device', () => {
    const descriptor = sockets.open(socketFamily.inet, socketType.datagram, 0);
    try {
      const request = Buffer.alloc(40);
      request.write('lo');
      sockets.control(descriptor, getIndex, request);
      expect(request.readInt32LE(16)).toBe(1);
      expect(() => sockets.control(descriptor, getIndex, Buffer.alloc(40).fill('x', 0, 15))).toThrow(
        expect.objectContaining({ message: 'ioctl: ENODEV', code: 'ENODEV', syscall: 'ioctl' }),
      );
    } finally {
      closeSync(descriptor);
    }
    expect(() => sockets.control(descriptor, getIndex, Buffer.alloc(40))).toThrow('ioctl: EBADF');
  });

  test('throws the error of the kernel', () => {
    expect(() => sockets.open(999, socketType.datagram, 0)).toThrow(
      expect.objectContaining({ message: 'socket: EAFNOSUPPORT', code: 'EAFNOSUPPORT' }),
    );
  });
});
