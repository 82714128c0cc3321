/** Parses wireless devices, access points and stations. Source: include/uapi/linux/nl80211.h of the kernel */
import { parseGeneric } from '../../netlink/generic.ts';
import { type NetlinkAttributes, type NetlinkMessage, parseAttributes, textOf } from '../../netlink/netlink-message.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import { readI8, readU16, readU32, readU64 } from '../../syscall/host-order.ts';

/** Commands that list objects. */
export const command = { getInterface: 5, getStation: 17, getScan: 32 } as const;
export const linkAttribute = 3;
const attribute = {
  link: linkAttribute,
  name: 4,
  address: 6,
  stationInfo: 21,
  frequency: 38,
  accessPoint: 47,
} as const;
const accessPointAttribute = { address: 1, elements: 6, status: 9 } as const;
const stationAttribute = {
  inactiveMs: 1,
  receivedBytes32: 2,
  transmittedBytes32: 3,
  signal: 7,
  transmitRate: 8,
  receivedPackets: 9,
  transmittedPackets: 10,
  transmitRetries: 11,
  transmitFailed: 12,
  receiveRate: 14,
  connectedSeconds: 16,
  beaconLoss: 18,
  receivedBytes: 23,
  transmittedBytes: 24,
} as const;
/** Units of 100 kbit/s. */
const rateAttribute = { rate16: 1, rate32: 5 } as const;
const bitsPerRate = 100_000;

export interface WirelessDevice {
  readonly linkIndex: number;
  readonly name: string;
  readonly frequencyHertz: number | undefined;
}

/** The access point to which a device is connected. */
export interface AccessPoint {
  readonly address: string;
  readonly networkName: string;
  readonly mode: 'client' | 'ad-hoc' | 'unknown';
}

/** A peer of a device: its access point, or a client of the access point that it is. Values that the driver lacks are undefined. */
export interface Station {
  readonly address: string;
  readonly connectedSeconds: number | undefined;
  readonly inactiveSeconds: number | undefined;
  readonly receiveBitsPerSecond: number | undefined;
  readonly transmitBitsPerSecond: number | undefined;
  readonly receivedBytes: number | undefined;
  readonly transmittedBytes: number | undefined;
  readonly receivedPackets: number | undefined;
  readonly transmittedPackets: number | undefined;
  readonly signalDbm: number | undefined;
  readonly transmitRetries: number | undefined;
  readonly transmitFailed: number | undefined;
  readonly beaconLoss: number | undefined;
}

/** Returns the devices that have a name; a device for peer-to-peer connections has none. */
export function parseDevices(messages: readonly NetlinkMessage[], faults: ValueFaults): WirelessDevice[] {
  return parseEach(messages, { what: 'wireless device', faults }, (attributes) => {
    const [link, name, frequency] = [attribute.link, attribute.name, attribute.frequency].map((type) =>
      attributes.get(type),
    );
    if (link === undefined || name === undefined) return undefined;
    return { linkIndex: readU32(link), name: textOf(name), frequencyHertz: frequency && readU32(frequency) * 1e6 };
  });
}

/** Returns the access points of a scan to which the device is connected. */
export function parseAccessPoints(messages: readonly NetlinkMessage[], faults: ValueFaults): AccessPoint[] {
  return parseEach(messages, { what: 'access point', faults }, (attributes) => {
    const own = parseAttributes(attributes.get(attribute.accessPoint) ?? Buffer.alloc(0));
    const [address, status] = [own.get(accessPointAttribute.address), own.get(accessPointAttribute.status)];
    if (address === undefined || status === undefined) return undefined;
    const networkName = parseNetworkName(own.get(accessPointAttribute.elements) ?? Buffer.alloc(0));
    return { address: formatAddress(address), networkName, mode: modes[readU32(status)] ?? 'unknown' };
  });
}

/** By number: authenticated, associated, joined an ad-hoc network. */
const modes: readonly AccessPoint['mode'][] = ['client', 'client', 'ad-hoc'];

export function parseStations(messages: readonly NetlinkMessage[], faults: ValueFaults): Station[] {
  return parseEach(messages, { what: 'station', faults }, (attributes) => {
    const [address, info] = [attributes.get(attribute.address), attributes.get(attribute.stationInfo)];
    return address && info && parseStation(formatAddress(address), parseAttributes(info));
  });
}

function parseStation(address: string, info: NetlinkAttributes): Station {
  const u32 = (type: number) => optional(info.get(type), readU32);
  const bytes = (type: number, type32: number) => optional(info.get(type), readU64) ?? u32(type32);
  const inactiveMs = u32(stationAttribute.inactiveMs);
  return {
    address,
    connectedSeconds: u32(stationAttribute.connectedSeconds),
    inactiveSeconds: inactiveMs === undefined ? undefined : inactiveMs / 1_000,
    receiveBitsPerSecond: optional(info.get(stationAttribute.receiveRate), parseRate),
    transmitBitsPerSecond: optional(info.get(stationAttribute.transmitRate), parseRate),
    receivedBytes: bytes(stationAttribute.receivedBytes, stationAttribute.receivedBytes32),
    transmittedBytes: bytes(stationAttribute.transmittedBytes, stationAttribute.transmittedBytes32),
    receivedPackets: u32(stationAttribute.receivedPackets),
    transmittedPackets: u32(stationAttribute.transmittedPackets),
    signalDbm: optional(info.get(stationAttribute.signal), readI8),
    transmitRetries: u32(stationAttribute.transmitRetries),
    transmitFailed: u32(stationAttribute.transmitFailed),
    beaconLoss: u32(stationAttribute.beaconLoss),
  };
}

function optional<Value>(value: Buffer | undefined, parse: (value: Buffer) => Value): Value | undefined {
  return value === undefined ? undefined : parse(value);
}

function parseRate(rate: Buffer): number | undefined {
  const attributes = parseAttributes(rate);
  const units =
    optional(attributes.get(rateAttribute.rate32), readU32) ?? optional(attributes.get(rateAttribute.rate16), readU16);
  return units === undefined ? undefined : units * bitsPerRate;
}

/** Returns the name in information elements: a list of number, length and value. The name of a hidden network is empty or has only NULs. */
export function parseNetworkName(elements: Buffer): string {
  for (let offset = 0; offset + 2 <= elements.length; ) {
    const end = offset + 2 + (elements[offset + 1] ?? 0);
    if (end > elements.length)
      throw new Error(`expected an element of ${end - offset} bytes, got ${elements.length - offset}`);
    if (elements[offset] === 0) return elements.toString('utf8', offset + 2, end).replaceAll('\0', '');
    offset = end;
  }
  return '';
}

function formatAddress(address: Buffer): string {
  return address.toString('hex').replaceAll(/..(?=.)/g, '$&:');
}

interface ParseOptions {
  readonly what: string;
  readonly faults: ValueFaults;
}

/** Omits messages for which `parse` returns undefined. A malformed message is reported and omitted. */
function parseEach<Value>(
  messages: readonly NetlinkMessage[],
  { what, faults }: ParseOptions,
  parse: (attributes: NetlinkAttributes) => Value | undefined,
): Value[] {
  return messages
    .map((message) => faults.attempt(what, () => parse(parseGeneric(message).attributes)))
    .filter((value) => value !== undefined);
}
