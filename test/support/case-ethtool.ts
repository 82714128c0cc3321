/**
 * Answers the commands of ethtool from a case's `ethtool.json` instead of this machine's drivers: devices by name. A part that a device
 * lacks is answered by EOPNOTSUPP, and a number is the number of an error.
 */
import { readFileSync } from 'node:fs';
import type { Collector } from '../../exporter/collector/collector.ts';
import type { EthtoolCall } from '../../exporter/collectors/ethtool/ethtool-device.ts';
import { createEthtool } from '../../exporter/collectors/ethtool.ts';
import { readU32, writeU32, writeU64 } from '../../exporter/syscall/host-order.ts';
import { systemError } from '../../exporter/syscall/sockets.ts';

interface Device {
  readonly driver?: Readonly<Record<'driver' | 'version' | 'firmware' | 'bus' | 'rom', string>> | number;
  /** Numbers of the bits that are set. */
  readonly link?:
    | { readonly autonegotiation: number; readonly supported: number[]; readonly advertised: number[] }
    | number;
  /** Values above 2^53 are texts. */
  readonly statistics?: readonly (readonly [name: string, value: number | string])[] | number;
  /** The number of statistics in the answer about the driver, when it differs. */
  readonly statisticsCount?: number;
}

/** Words of a mask of link modes, as on Linux 6.12. */
const maskWords = 4;
const notSupported = 95;

export function createCaseEthtool(path: string): Collector {
  const devices = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Device>>;
  return createEthtool(() => answerFrom(devices));
}

function answerFrom(devices: Readonly<Record<string, Device>>): EthtoolCall {
  return (name, command) => {
    const device = devices[name];
    if (device === undefined) throw systemError('ioctl', 19);
    switch (readU32(command)) {
      case 0x03:
        return writeDriver(command, device);
      case 0x4c:
        return writeLink(command, part(device.link));
      case 0x1b:
        return part(device.statistics).forEach(([statistic], index, { length }) => {
          writeU32(command, length, 8);
          command.fill(0, 12 + index * 32, 44 + index * 32).write(statistic, 12 + index * 32, 32);
        });
      case 0x1d:
        return part(device.statistics).forEach(([, value], index, { length }) => {
          writeU32(command, length, 4);
          writeU64(command, BigInt(value), 8 + index * 8);
        });
      default:
        throw systemError('ioctl', notSupported);
    }
  };
}

function part<Part extends object>(value: Part | number | undefined): Part {
  if (value === undefined || typeof value === 'number') throw systemError('ioctl', value ?? notSupported);
  return value;
}

function writeDriver(command: Buffer, device: Device): void {
  const { driver, version, firmware, bus, rom } = part(device.driver);
  for (const [index, text] of [driver, version, firmware, bus, rom].entries()) command.write(text, 4 + index * 32, 32);
  const statistics = typeof device.statistics === 'object' ? device.statistics.length : 0;
  writeU32(command, device.statisticsCount ?? statistics, 180);
}

function writeLink(command: Buffer, link: Exclude<Device['link'], number | undefined>): void {
  if (command.readInt8(15) !== maskWords) {
    command.writeInt8(-maskWords, 15);
    return;
  }
  command.writeUInt8(link.autonegotiation, 11);
  for (const [index, bits] of [link.supported, link.advertised].entries())
    for (const bit of bits) {
      const offset = 48 + (index * maskWords + (bit >>> 5)) * 4;
      writeU32(command, (readU32(command, offset) | (1 << (bit & 31))) >>> 0, offset);
    }
}
