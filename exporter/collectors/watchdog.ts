/** Exposes timeouts and states of watchdog timers, from /sys/class/watchdog. Source: ABI/testing/sysfs-class-watchdog */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type AttributeMetric, createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { createAttributeReader, listFolder } from '../procfs/sysfs.ts';

function metric(name: string, attribute: string): AttributeMetric {
  return {
    name: `node_watchdog_${name}`,
    type: 'gauge',
    help: `Value of /sys/class/watchdog/<watchdog>/${attribute}`,
    attribute,
  };
}

const metrics = [
  metric('access_cs0', 'access_cs0'),
  metric('bootstatus', 'bootstatus'),
  metric('fw_version', 'fw_version'),
  metric('nowayout', 'nowayout'),
  metric('pretimeout_seconds', 'pretimeout'),
  metric('timeleft_seconds', 'timeleft'),
  metric('timeout_seconds', 'timeout'),
];

const infoMetric: Metric = {
  name: 'node_watchdog_info',
  type: 'gauge',
  help: 'Info of /sys/class/watchdog/<watchdog>',
};

export const watchdog: Collector = {
  name: 'watchdog',
  defaultEnabled: true,
  help: 'Exposes timeouts and states of watchdog timers, from /sys/class/watchdog.',
  docs: { source: '/sys/class/watchdog' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'class', 'watchdog');
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const table = createSampleTable([infoMetric, ...metrics]);
      for (const { name } of entries) {
        const path = (attribute: string) => join(root, name, attribute);
        for (const each of metrics) table.add(each, { name }, attributes.integer(path(each.attribute)));
        const text = (attribute: string) => attributes.line(path(attribute)) ?? '';
        const info = {
          identity: text('identity'),
          name,
          options: text('options'),
          pretimeout_governor: text('pretimeout_governor'),
          state: text('state'),
          status: text('status'),
        };
        table.add(infoMetric, info, 1);
      }
      return table.families();
    };
  },
};
