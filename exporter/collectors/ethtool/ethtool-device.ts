/**
 * Reads driver, link settings and statistics of a network device by the commands of ioctl(2) SIOCETHTOOL, each of which the kernel
 * answers in the buffer of the command. Source: include/uapi/linux/ethtool.h of the kernel
 */

import { textOf } from '../../netlink/netlink-message.ts';
import { readI8, readU8, readU32, readU64, writeU32 } from '../../syscall/host-order.ts';
import { type LinkModes, linkModesOf } from './link-modes.ts';

/** Runs a command: the buffer has the command and receives its answer. Throws an Error with the kernel's code, such as EOPNOTSUPP. */
export type EthtoolCall = (device: string, command: Buffer) => void;

export interface DriverInfo {
  readonly driver: string;
  readonly version: string;
  readonly firmwareVersion: string;
  readonly busInfo: string;
  readonly expansionRomVersion: string;
  readonly statisticsCount: number;
}

export interface LinkSettings {
  readonly isAutonegotiating: boolean;
  readonly supported: LinkModes;
  readonly advertised: LinkModes;
}

export type Statistics = readonly (readonly [name: string, value: number])[];

const command = { driverInfo: 0x03, strings: 0x1b, statistics: 0x1d, linkSettings: 0x4c } as const;
const driverInfoBytes = 196;
const linkSettingsBytes = 48;
/** The kernel sends the number of words of a mask as one signed byte. */
const maxMaskWords = 127;
const statisticsSet = 1;
const nameBytes = 32;
const valueBytes = 8;
const maxStatistics = 16_384;
/**
 * The kernel writes all statistics of the device, also when the command expects less, and their number may grow between two commands.
 * Twice the permitted number is reserved.
 */
const reservedStatistics = 2 * maxStatistics;
const stringsHeader = 12;
const statisticsHeader = 8;

export interface EthtoolReader {
  driverInfo(device: string): DriverInfo;
  linkSettings(device: string): LinkSettings;
  /** Returns names and values in the order of the driver. */
  statistics(device: string, count: number): Statistics;
}

export function createEthtoolReader(call: EthtoolCall): EthtoolReader {
  let names: Buffer | undefined;
  let values: Buffer | undefined;

  return {
    driverInfo(device) {
      const answer = commandBuffer(command.driverInfo, driverInfoBytes);
      call(device, answer);
      return parseDriverInfo(answer);
    },
    linkSettings(device) {
      const answer = commandBuffer(command.linkSettings, linkSettingsBytes + 3 * 4 * maxMaskWords);
      // The first answer has the negative number of words that the kernel expects.
      call(device, answer);
      const words = -readI8(answer, 15);
      if (words <= 0) throw new Error(`ethtool: expected a negative number of words, got ${-words}`);
      answer.fill(0);
      writeU32(answer, command.linkSettings, 0);
      answer.writeInt8(words, 15);
      call(device, answer);
      return parseLinkSettings(answer);
    },
    statistics(device, count) {
      if (count > maxStatistics) throw new Error(`ethtool: expected at most ${maxStatistics} statistics, got ${count}`);
      names ??= Buffer.alloc(stringsHeader + reservedStatistics * nameBytes);
      values ??= Buffer.alloc(statisticsHeader + reservedStatistics * valueBytes);
      writeU32(names, command.strings, 0);
      writeU32(names, statisticsSet, 4);
      writeU32(names, count, 8);
      call(device, names);
      writeU32(values, command.statistics, 0);
      writeU32(values, count, 4);
      call(device, values);
      return parseStatistics(names, values);
    },
  };
}

function commandBuffer(code: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  writeU32(buffer, code, 0);
  return buffer;
}

/** Parses struct ethtool_drvinfo. */
export function parseDriverInfo(answer: Buffer): DriverInfo {
  const text = (offset: number) => textOf(answer.subarray(offset, offset + 32));
  return {
    driver: text(4),
    version: text(36),
    firmwareVersion: text(68),
    busInfo: text(100),
    expansionRomVersion: text(132),
    statisticsCount: readU32(answer, 180),
  };
}

/** Parses struct ethtool_link_settings and the masks of supported and advertised modes. */
export function parseLinkSettings(answer: Buffer): LinkSettings {
  const words = readI8(answer, 15);
  if (words < 0) throw new Error(`ethtool: expected the masks of link modes, got ${words} words`);
  const mask = (index: number) =>
    answer.subarray(linkSettingsBytes + index * words * 4, linkSettingsBytes + (index + 1) * words * 4);
  return {
    isAutonegotiating: readU8(answer, 11) !== 0,
    supported: parseMask(mask(0)),
    advertised: parseMask(mask(1)),
  };
}

function parseMask(mask: Buffer): LinkModes {
  return linkModesOf((bit) => {
    const offset = (bit >>> 5) * 4;
    return offset < mask.length && ((readU32(mask, offset) >>> (bit & 31)) & 1) === 1;
  });
}

/** Parses struct ethtool_gstrings and ethtool_stats. Throws an Error when the number of statistics changed between the two commands. */
export function parseStatistics(names: Buffer, values: Buffer): Statistics {
  const [nameCount, valueCount] = [readU32(names, 8), readU32(values, 4)];
  if (nameCount !== valueCount)
    throw new Error(`ethtool: expected ${nameCount} statistics, as names, got ${valueCount} values`);
  return Array.from({ length: valueCount }, (_, index) => {
    const start = stringsHeader + index * nameBytes;
    return [textOf(names.subarray(start, start + nameBytes)), readU64(values, statisticsHeader + index * valueBytes)];
  });
}
