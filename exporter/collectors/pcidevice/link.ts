/** Parses speed and width of PCI links. Source: pci_speed_string in drivers/pci/probe.c and the link attributes in drivers/pci/pci-sysfs.c of the kernel */
import { parseDecimal, parseLine, parseUnsigned, quote } from '../../procfs/host-file.ts';
import type { AttributeReader } from '../../procfs/sysfs.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

/** The value of a device without a PCI Express link, and of a link that is down. */
const unknown = -1;

const unit = ' GT/s PCIe';

/** Parses `8.0 GT/s PCIe`. Returns transfers per second; -1 for `Unknown` and for an empty attribute. */
export function parseLinkSpeed(text: string, where: string): number {
  const line = text === '' ? '' : parseLine(text, where);
  if (line === '' || line.startsWith('Unknown')) return unknown;
  if (!line.endsWith(unit)) throw new Error(`${where}: expected a speed such as 8.0 GT/s PCIe, got ${quote(line)}`);
  return Math.round(parseDecimal(line.slice(0, -unit.length), where) * 1e9);
}

/** Parses the number of lanes. Returns -1 for `Unknown` and for an empty attribute. */
export function parseLinkWidth(text: string, where: string): number {
  const line = text === '' ? '' : parseLine(text, where);
  return line === '' || line.startsWith('Unknown') ? unknown : parseUnsigned(line, where);
}

export interface LinkAttribute {
  readonly path: string;
  readonly attributes: AttributeReader;
  readonly faults: ValueFaults;
}

/** Returns the value of a link's attribute, and -1 when the device has no link. A malformed value is reported and undefined. */
export function readLink(
  { path, attributes, faults }: LinkAttribute,
  parse: (text: string, where: string) => number,
): number | undefined {
  const text = attributes.text(path);
  return text === undefined ? unknown : faults.attempt(path, () => parse(text, path));
}
