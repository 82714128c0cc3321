/**
 * Reads the attributes of network devices in /sys/class/net. Flags, state, carrier changes and speed are read at every scrape. Other
 * attributes are read once a minute, and when the flags, the state or the number of carrier changes differ from the previous scrape.
 * The same applies to an attribute that the driver refused, such as the speed of a virtual device, because a refusal costs more than
 * a read.
 */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../../collector/cached-reading.ts';
import type { Labels } from '../../exposition/family.ts';
import { parseLine, parseUnsigned } from '../../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader } from '../../procfs/sysfs.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

export interface NetDeviceProperties {
  readonly labels: Labels;
  readonly info: Labels;
  /** Numbers by attribute, without unavailable attributes. */
  readonly numbers: ReadonlyMap<string, number>;
}

/**
 * Attributes that change rarely: `carrier`, its two counts and `dormant` change together with attributes that are read at every
 * scrape. Other attributes change when an administrator sets them.
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

/** Returns a function that reads one device; undefined for a device that was removed. The same object means that nothing changed. */
export function createNetDeviceReader(
  folder: string,
  faults: ValueFaults,
  now: () => number,
): (device: string) => NetDeviceProperties | undefined {
  const attributes = createAttributeReader(faults);
  const readers = new Map<string, () => NetDeviceProperties | undefined>();
  return (device) => {
    // Containers create devices under new names; the bound keeps the map small on a host that runs for years.
    if (readers.size > 10_000) readers.clear();
    let read = readers.get(device);
    if (read === undefined)
      readers.set(device, (read = createReader({ folder: join(folder, device), device, attributes, now })));
    return read();
  };
}

interface ReaderOptions {
  readonly folder: string;
  readonly device: string;
  readonly attributes: AttributeReader;
  readonly now: () => number;
}

function createReader({ folder, device, attributes, now }: ReaderOptions): () => NetDeviceProperties | undefined {
  const cacheOptions = { maxAgeMs: deviceFactsMaxAgeMs, now };
  const path = (attribute: string) => join(folder, attribute);
  const [flagsPath, statePath, changesPath, speedPath] = [
    path('flags'),
    path('operstate'),
    path('carrier_changes'),
    path('speed'),
  ];
  const labels = { device };
  const readRareNumbers = cachedReading(() => readNumbers(path, attributes), cacheOptions);
  // The speed itself is not cached: the speed of a bond changes with its members, without a change of carrier.
  const hasSpeed = cachedReading(() => attributes.text(speedPath) !== undefined, cacheOptions);
  const readTexts = cachedReading(() => readDeviceTexts(path, attributes), cacheOptions);
  let last: (Sources & { readonly properties: NetDeviceProperties }) | undefined;
  return () => {
    const flags = attributes.parsed(flagsPath, parseAttributeNumber);
    const operstate = attributes.line(statePath) ?? '';
    if (flags === undefined && operstate === '') return undefined;
    const changes = attributes.unsigned(changesPath);
    const state = `${flags} ${operstate} ${changes}`;
    const rareNumbers = readRareNumbers(state);
    const speed = hasSpeed(state) ? attributes.integer(speedPath) : undefined;
    const texts = readTexts(state);
    const sources: Sources = { state, speed, rareNumbers, texts };
    if (last !== undefined && isSame(last, sources)) return last.properties;
    const numbers = new Map(rareNumbers);
    if (flags !== undefined) numbers.set('flags', flags);
    if (changes !== undefined) numbers.set('carrier_changes', changes);
    if (speed !== undefined) numbers.set('speed', speed);
    last = { ...sources, properties: { labels, info: infoLabels({ device, flags, operstate, texts }), numbers } };
    return last.properties;
  };
}

/** The readings that the properties of a device are made from. `state` is made of flags, operstate and carrier changes. */
interface Sources {
  readonly state: string;
  readonly speed: number | undefined;
  readonly rareNumbers: ReadonlyMap<string, number>;
  readonly texts: DeviceTexts;
}

function isSame(before: Sources, after: Sources): boolean {
  return (
    before.state === after.state &&
    before.speed === after.speed &&
    before.rareNumbers === after.rareNumbers &&
    before.texts === after.texts
  );
}

function readNumbers(path: (attribute: string) => string, attributes: AttributeReader): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const attribute of rareAttributes) {
    const value = attributes.parsed(path(attribute), parseAttributeNumber);
    if (value !== undefined) numbers.set(attribute, value);
  }
  return numbers;
}

const hexadecimal = /^0x[0-9a-f]{1,16}$/i;

/** Parses a decimal number, or a hexadecimal one with `0x`, as in flags and dev_id. */
export function parseAttributeNumber(text: string, where: string): number {
  const line = parseLine(text, where);
  return hexadecimal.test(line) ? Number(line) : parseUnsigned(line, where);
}

interface DeviceTexts {
  readonly address: string;
  readonly broadcast: string;
  readonly duplex: string;
  readonly ifalias: string;
}

function readDeviceTexts(path: (attribute: string) => string, attributes: AttributeReader): DeviceTexts {
  const text = (attribute: string) => attributes.line(path(attribute)) ?? '';
  return {
    address: text('address'),
    broadcast: text('broadcast'),
    duplex: text('duplex'),
    ifalias: text('ifalias'),
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
