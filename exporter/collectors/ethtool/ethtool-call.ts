/** Runs the commands of ethtool by ioctl(2) on a socket that stays open. */
import { writeU64 } from '../../syscall/host-order.ts';
import { loadSockets, type Sockets, socketFamily, socketType } from '../../syscall/sockets.ts';
import type { EthtoolCall } from './ethtool-device.ts';

const ethtoolRequest = 0x8946;
/** Size of struct ifreq: the name of the device and the address of the command. */
const requestBytes = 40;
const maxNameBytes = 15;

/** Throws as {@link loadSockets} does. */
export function loadEthtoolCall(): EthtoolCall {
  return createEthtoolCall(loadSockets('ethtool'));
}

export function createEthtoolCall(sockets: Sockets): EthtoolCall {
  let descriptor: number | undefined;
  return (device, command) => {
    descriptor ??= sockets.open(socketFamily.inet, socketType.datagram, 0);
    const request = Buffer.alloc(requestBytes);
    const name = Buffer.from(device);
    if (name.length > maxNameBytes)
      throw new Error(`ethtool: expected a name of at most ${maxNameBytes} bytes, got ${device}`);
    name.copy(request);
    writeU64(request, sockets.addressOf(command), maxNameBytes + 1);
    sockets.control(descriptor, ethtoolRequest, request);
  };
}
