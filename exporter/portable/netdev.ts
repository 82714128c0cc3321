/** Exposes bytes, errors and drops of network devices that are up, from systeminformation, which has no packet counts. */
import type { Collector } from '../collector/collector.ts';
import { compileNameFilter, nameFilterFlags } from '../collector/name-filter.ts';
import { filterFlags } from '../collectors/netdev.ts';
import { counter, type Family, type Sample } from '../exposition/family.ts';
import { listOf, textAt, tryNumberAt } from './systeminformation/field.ts';
import type { Platform, PortableHost } from './systeminformation/host.ts';

const where = 'systeminformation.networkStats';

/** Families and their fields in systeminformation. */
const columns = [
  ['receive_bytes', 'rx_bytes'],
  ['receive_errs', 'rx_errors'],
  ['receive_drop', 'rx_dropped'],
  ['transmit_bytes', 'tx_bytes'],
  ['transmit_errs', 'tx_errors'],
  ['transmit_drop', 'tx_dropped'],
] as const;

export function createPortableNetdev(host: PortableHost): Collector {
  return {
    name: 'netdev',
    defaultEnabled: true,
    help: 'Exposes bytes, errors and drops of network devices.',
    flags: nameFilterFlags('net devices', filterFlags),
    create({ flags }) {
      const isShown = compileNameFilter(flags, filterFlags);
      return async () => {
        const devices = parseNetworkStats(await host.ask('networkStats'), host.platform);
        return familiesOf(devices.filter(({ name }) => isShown(name)));
      };
    },
  };
}

export interface PortableDevice {
  readonly name: string;
  /** By field; undefined when unknown. */
  readonly values: Readonly<Record<string, number | undefined>>;
}

/**
 * Returns the devices with traffic: a device without traffic and a failed read cannot be distinguished. Throws when none is
 * left, because the loopback device always has traffic.
 */
export function parseNetworkStats(answer: unknown, platform: Platform): PortableDevice[] {
  const devices: PortableDevice[] = [];
  for (const entry of listOf(answer, where)) {
    const values = Object.fromEntries(columns.map(([, field]) => [field, tryNumberAt(entry, field)]));
    const { rx_bytes: received, tx_bytes: sent } = values;
    if (received === undefined || sent === undefined || received + sent === 0) continue;
    // macOS has one column of drops, on sending, which systeminformation reports for both directions.
    if (platform === 'darwin') values['rx_dropped'] = undefined;
    devices.push({ name: textAt(entry, 'iface', where), values });
  }
  if (devices.length === 0) throw new Error(`${where}: expected a device with traffic, got none`);
  return devices;
}

function familiesOf(devices: readonly PortableDevice[]): Family[] {
  return columns.map(([column, field]) => {
    const samples = devices.flatMap(({ name, values }): Sample[] => {
      const value = values[field];
      return value === undefined ? [] : [{ labels: { device: name }, value }];
    });
    return counter(`node_network_${column}_total`, `Network device statistic ${column}.`, samples);
  });
}
