/**
 * Exposes the machine's vendor, model and firmware, from /sys/class/dmi/id. Reads the files once, because only a reboot can
 * change them.
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { gauge, type Labels } from '../exposition/family.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';

/** Names of the labels and, except for `system_vendor`, of the attributes. */
const attributes = [
  'bios_date',
  'bios_release',
  'bios_vendor',
  'bios_version',
  'board_asset_tag',
  'board_name',
  'board_serial',
  'board_vendor',
  'board_version',
  'chassis_asset_tag',
  'chassis_serial',
  'chassis_vendor',
  'chassis_version',
  'product_family',
  'product_name',
  'product_serial',
  'product_sku',
  'product_uuid',
  'product_version',
  'system_vendor',
] as const;

export const dmi: Collector = {
  name: 'dmi',
  defaultEnabled: true,
  help: "Exposes the machine's vendor, model and firmware, from /sys/class/dmi/id.",
  docs: { source: '/sys/class/dmi/id, read once' },
  flags: [],
  create({ paths, faults }) {
    const reader = createAttributeReader(faults);
    const folder = join(paths.sysfs, 'class', 'dmi', 'id');
    let labels: Labels | undefined;
    return () => {
      labels ??= readDmi(folder, reader);
      if (Object.keys(labels).length === 0) return [];
      const help = `A metric with a constant '1' value labeled by ${attributes.join(', ')} if provided by DMI.`;
      return [gauge('node_dmi_info', help, [{ labels, value: 1 }])];
    };
  },
};

/** Only root may read serial numbers and the UUID; these labels are absent for other users. */
function readDmi(folder: string, reader: AttributeReader): Labels {
  const labels: Record<string, string> = {};
  const files = new Set((listFolder(folder) ?? []).map(({ name }) => name));
  for (const label of attributes) {
    const file = label === 'system_vendor' ? 'sys_vendor' : label;
    const value = files.has(file) ? reader.line(join(folder, file)) : undefined;
    if (value !== undefined) labels[label] = value;
  }
  return labels;
}
