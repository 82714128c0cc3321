/** Exposes the number of configured and active devices of bonded network interfaces, from /sys/class/net. Source: https://docs.kernel.org/networking/bonding.html */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { gauge, type Sample } from '../exposition/family.ts';
import { parseWords } from '../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader } from '../procfs/sysfs.ts';

export const bonding: Collector = {
  name: 'bonding',
  defaultEnabled: true,
  help: 'Exposes the number of configured and active devices of bonded network interfaces, from /sys/class/net.',
  docs: { source: '/sys/class/net/*/bonding' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'class', 'net');
    const mastersPath = join(root, 'bonding_masters');
    return () => {
      if (!existsSync(mastersPath)) return [];
      const active: Sample[] = [];
      const slaves: Sample[] = [];
      for (const master of parseWords(attributes.line(mastersPath) ?? '')) {
        const labels = { master };
        const folder = join(root, master, 'bonding');
        const names = attributes.line(join(folder, 'slaves'));
        if (names === undefined) {
          faults.report(folder, new Error('slaves: expected the names of devices, got nothing'));
          continue;
        }
        const states = parseWords(names).map((slave) => readState(join(root, master), slave, attributes));
        slaves.push({ labels, value: states.length });
        if (states.includes(undefined)) {
          const fault = `mii_status: expected a state of each of ${names}, got ${states.map(String).join(' ')}`;
          faults.report(folder, new Error(fault));
          continue;
        }
        active.push({ labels, value: states.filter((state) => state === 'up').length });
      }
      return [
        gauge('node_bonding_active', 'Number of active slaves per bonding interface.', active),
        gauge('node_bonding_slaves', 'Number of configured slaves per bonding interface.', slaves),
      ];
    };
  },
};

/** Returns the MII state of a device, such as `up`. Kernels before 3.9 name the link `slave_eth0` instead of `lower_eth0`. */
function readState(folder: string, slave: string, attributes: AttributeReader): string | undefined {
  const path = (prefix: string) => join(folder, `${prefix}_${slave}`, 'bonding_slave', 'mii_status');
  return attributes.line(path('lower')) ?? attributes.line(path('slave'));
}
