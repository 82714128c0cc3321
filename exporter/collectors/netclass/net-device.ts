/**
 * Reads the attributes of a network device in /sys/class/net. Flags, state, carrier changes and speed are read every time;
 * the rest as soon as one of the first three changes, and once a minute. What a driver refused to tell (the speed of a
 * device that is virtual or down) is asked again no sooner: a refusal costs ten times a read.
 */
import { join } from 'node:path';
import { deviceFactsAgeMs, kept } from '../../collector/cached-reading.ts';
import type { Labels } from '../../exposition/family.ts';
import { parseLine, parseSigned } from '../../procfs/parse.ts';
import { tryReadAttribute, tryReadInteger, tryReadLine, tryReadLineOrNone } from '../../procfs/sysfs.ts';

export interface NetDeviceProperties {
  readonly labels: Labels;
  readonly info: Labels;
  /** By attribute; what the device does not tell is absent. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** `carrier`, its two counts and `dormant` change with what is read every time; the others when someone sets them. */
const settled = [
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

/** The lowest bit of a device's flags: an administrator has it up. Source: include/uapi/linux/if.h */
const upFlag = 1;

/** Undefined for a device that went away. */
export function createNetDeviceReader(
  folder: string,
  now: () => number,
): (device: string) => NetDeviceProperties | undefined {
  const readers = new Map<string, () => NetDeviceProperties | undefined>();
  return (device) => {
    // Names of devices come and go with containers: a bound for a host that makes new ones for years.
    if (readers.size > 10_000) readers.clear();
    let read = readers.get(device);
    if (read === undefined) readers.set(device, (read = createReader(join(folder, device), device, now)));
    return read();
  };
}

function createReader(folder: string, device: string, now: () => number): () => NetDeviceProperties | undefined {
  const options = { ageMs: deviceFactsAgeMs, now };
  const path = (attribute: string) => join(folder, attribute);
  const labels = { device };
  const readSettled = kept(() => readNumbers(settled, path), options);
  // The speed of a bond changes with each of its members, and no carrier does.
  const tellsSpeed = kept(() => tryReadAttribute(path('speed')) !== undefined, options);
  const readTexts = kept(() => readDeviceTexts(path), options);
  let info: { readonly texts: DeviceTexts; readonly labels: Labels } | undefined;
  return () => {
    const flagsText = tryReadAttribute(path('flags'));
    const operstate = tryReadLine(path('operstate')) ?? '';
    if (flagsText === undefined && operstate === '') return undefined;
    const flags = flagsText === undefined ? undefined : parseAttributeNumber(flagsText, path('flags'));
    const changes = tryReadInteger(path('carrier_changes'));
    const state = `${flags} ${operstate} ${changes}`;
    const numbers = new Map(readSettled(state));
    const speed = tellsSpeed(state) ? tryReadInteger(path('speed')) : undefined;
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

/** Decimal, or hexadecimal with `0x`: flags and dev_id. */
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
    ifalias: tryReadLineOrNone(path('ifalias')) ?? '',
  };
}

interface InfoParts {
  readonly device: string;
  readonly flags: number | undefined;
  readonly operstate: string;
  readonly texts: DeviceTexts;
}

function infoLabels({ device, flags, operstate, texts }: InfoParts): Labels {
  const { address, broadcast, duplex, ifalias } = texts;
  return { address, adminstate: adminState(flags), broadcast, device, duplex, ifalias, operstate };
}

function adminState(flags: number | undefined): string {
  if (flags === undefined) return 'unknown';
  return (flags & upFlag) === upFlag ? 'up' : 'down';
}
