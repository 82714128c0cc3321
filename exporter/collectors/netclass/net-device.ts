/**
 * Reads the attributes of network devices in /sys/class/net. Flags, state, carrier changes and speed are read at every scrape;
 * the others when one of the first three changes, and once a minute. The same applies to an attribute that the driver refused,
 * such as the speed of a virtual device: a refusal costs ten times as much as a read.
 */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../../collector/cached-reading.ts';
import type { Labels } from '../../exposition/family.ts';
import { parseLine, parseSigned } from '../../procfs/host-file.ts';
import { tryReadAttribute, tryReadInteger, tryReadLine, tryReadOptionalLine } from '../../procfs/sysfs.ts';

export interface NetDeviceProperties {
  readonly labels: Labels;
  readonly info: Labels;
  /** Numbers by attribute, without unavailable attributes. */
  readonly numbers: ReadonlyMap<string, number>;
}

/**
 * Attributes that change rarely: `carrier`, its two counts and `dormant` change together with attributes that are read at every
 * scrape; the others change when an administrator sets them.
 */
const rareAttributes = [
  'addr_assign_type',
  'carrier',
  'carrier_down_count',
  'carrier_up_count',
  'dev_id',
  'dormant',
  'ifindex',
  'iflink',
  'link_mode',
  'mtu',
  'name_assign_type',
  'netdev_group',
  'tx_queue_len',
  'type',
];

/** The lowest bit of a device's flags: the device is administratively up. Source: include/uapi/linux/if.h */
const upFlag = 1;

/** Returns a function that reads one device; undefined for a device that was removed. */
export function createNetDeviceReader(
  folder: string,
  now: () => number,
): (device: string) => NetDeviceProperties | undefined {
  const readers = new Map<string, () => NetDeviceProperties | undefined>();
  return (device) => {
    // Containers create devices under new names; the bound keeps the map small on a host that runs for years.
    if (readers.size > 10_000) readers.clear();
    let read = readers.get(device);
    if (read === undefined) readers.set(device, (read = createReader(join(folder, device), device, now)));
    return read();
  };
}

function createReader(folder: string, device: string, now: () => number): () => NetDeviceProperties | undefined {
  const cacheOptions = { maxAgeMs: deviceFactsMaxAgeMs, now };
  const path = (attribute: string) => join(folder, attribute);
  const labels = { device };
  const readRareNumbers = cachedReading(() => readNumbers(rareAttributes, path), cacheOptions);
  // The speed itself is not cached: the speed of a bond changes with its members, without a change of carrier.
  const hasSpeed = cachedReading(() => tryReadAttribute(path('speed')) !== undefined, cacheOptions);
  const readTexts = cachedReading(() => readDeviceTexts(path), cacheOptions);
  let info: { readonly texts: DeviceTexts; readonly labels: Labels } | undefined;
  return () => {
    const flagsText = tryReadAttribute(path('flags'));
    const operstate = tryReadLine(path('operstate')) ?? '';
    if (flagsText === undefined && operstate === '') return undefined;
    const flags = flagsText === undefined ? undefined : parseAttributeNumber(flagsText, path('flags'));
    const changes = tryReadInteger(path('carrier_changes'));
    const state = `${flags} ${operstate} ${changes}`;
    const numbers = new Map(readRareNumbers(state));
    const speed = hasSpeed(state) ? tryReadInteger(path('speed')) : undefined;
    if (flags !== undefined) numbers.set('flags', flags);
    if (changes !== undefined) numbers.set('carrier_changes', changes);
    if (speed !== undefined) numbers.set('speed', speed);
    const texts = readTexts(state);
    if (info?.texts !== texts) info = { texts, labels: infoLabels({ device, flags, operstate, texts }) };
    return { labels, info: info.labels, numbers };
  };
}

function readNumbers(attributes: readonly string[], path: (attribute: string) => string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const attribute of attributes) {
    const text = tryReadAttribute(path(attribute));
    if (text !== undefined) numbers.set(attribute, parseAttributeNumber(text, path(attribute)));
  }
  return numbers;
}

const hexadecimal = /^0x[0-9a-f]{1,16}$/i;

/** Parses a decimal number, or a hexadecimal one with `0x`, as in flags and dev_id. */
export function parseAttributeNumber(text: string, where: string): number {
  const line = parseLine(text, where);
  return hexadecimal.test(line) ? Number(line) : parseSigned(line, where);
}

interface DeviceTexts {
  readonly address: string;
  readonly broadcast: string;
  readonly duplex: string;
  readonly ifalias: string;
}

function readDeviceTexts(path: (attribute: string) => string): DeviceTexts {
  const text = (attribute: string) => tryReadLine(path(attribute)) ?? '';
  return {
    address: text('address'),
    broadcast: text('broadcast'),
    duplex: text('duplex'),
    ifalias: tryReadOptionalLine(path('ifalias')) ?? '',
  };
}

interface InfoSource {
  readonly device: string;
  readonly flags: number | undefined;
  readonly operstate: string;
  readonly texts: DeviceTexts;
}

function infoLabels({ device, flags, operstate, texts }: InfoSource): Labels {
  const { address, broadcast, duplex, ifalias } = texts;
  return { address, adminstate: adminState(flags), broadcast, device, duplex, ifalias, operstate };
}

function adminState(flags: number | undefined): string {
  if (flags === undefined) return 'unknown';
  return (flags & upFlag) === upFlag ? 'up' : 'down';
}
