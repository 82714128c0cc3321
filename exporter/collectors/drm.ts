/** Exposes use and memory of AMD graphics cards, from /sys/class/drm. Source: https://docs.kernel.org/gpu/amdgpu/driver-misc.html */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { type AttributeMetric, createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseLines } from '../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader, listNumbered } from '../procfs/sysfs.ts';

const infoMetric: Metric = { name: 'node_drm_card_info', type: 'gauge', help: 'Card information' };

const metrics: readonly AttributeMetric[] = [
  metric('gpu_busy_percent', 'gpu_busy_percent', 'How busy the GPU is as a percentage.'),
  metric(
    'memory_gtt_size_bytes',
    'mem_info_gtt_total',
    'The size of the graphics translation table (GTT) block in bytes.',
  ),
  metric(
    'memory_gtt_used_bytes',
    'mem_info_gtt_used',
    'The used amount of the graphics translation table (GTT) block in bytes.',
  ),
  metric('memory_vis_vram_size_bytes', 'mem_info_vis_vram_total', 'The size of visible VRAM in bytes.'),
  metric('memory_vis_vram_used_bytes', 'mem_info_vis_vram_used', 'The used amount of visible VRAM in bytes.'),
  metric('memory_vram_size_bytes', 'mem_info_vram_total', 'The size of VRAM in bytes.'),
  metric('memory_vram_used_bytes', 'mem_info_vram_used', 'The used amount of VRAM in bytes.'),
];

function metric(name: string, attribute: string, help: string): AttributeMetric {
  return { name: `node_drm_${name}`, type: 'gauge', help, attribute };
}

export const drm: Collector = {
  name: 'drm',
  defaultEnabled: false,
  help: 'Exposes use and memory of AMD graphics cards, from /sys/class/drm.',
  docs: {
    source: '/sys/class/drm/card\\*/device of the driver amdgpu',
    cost: 'eight series and eleven files per card',
    differences: [
      {
        upstream: 'exposes 0 for an attribute that the card does not have',
        here: 'omits the value',
        reason: 'an absent series is not mistaken for 0',
      },
      {
        upstream: 'ignores the cards from `card10` on',
        here: 'exposes all cards',
        reason: 'servers have more than ten cards',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'class', 'drm');
    return () => {
      const table = createSampleTable([infoMetric, ...metrics]);
      for (const { name: card } of listNumbered(root, /^card(\d+)$/)) {
        const folder = join(root, card, 'device');
        if (!isAmdgpu(attributes.text(join(folder, 'uevent')) ?? '')) continue;
        table.add(infoMetric, readInfo(folder, card, attributes), 1);
        for (const each of metrics) table.add(each, { card }, attributes.unsigned(join(folder, each.attribute)));
      }
      return table.families();
    };
  },
};

/** Returns whether the environment of a device's event names the driver amdgpu. */
export function isAmdgpu(uevent: string): boolean {
  return parseLines(uevent).includes('DRIVER=amdgpu');
}

function readInfo(folder: string, card: string, attributes: AttributeReader): Labels {
  const text = (attribute: string) => attributes.line(join(folder, attribute)) ?? '';
  return {
    card,
    memory_vendor: text('mem_info_vram_vendor'),
    power_performance_level: text('power_dpm_force_performance_level'),
    unique_id: text('unique_id'),
    vendor: 'amd',
  };
}
