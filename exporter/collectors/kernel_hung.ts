/**
 * Exposes the number of tasks that the kernel detected as hung, from /proc/sys/kernel/hung_task_detect_count, which exists since
 * Linux 6.13.
 * Source: https://docs.kernel.org/admin-guide/sysctl/kernel.html#hung-task-detect-count
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { single } from '../exposition/family.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';

const metric = {
  name: 'node_kernel_hung_tasks_total',
  help: 'Total number of tasks that have been detected as hung since the system booted.',
};

export const kernelHung: Collector = {
  name: 'kernel_hung',
  defaultEnabled: true,
  help: 'Exposes the number of tasks that the kernel detected as hung, from /proc/sys/kernel/hung_task_detect_count, which exists since Linux 6.13.',
  docs: { source: '/proc/sys/kernel/hung_task_detect_count (since Linux 6.13)' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const path = join(paths.procfs, 'sys', 'kernel', 'hung_task_detect_count');
    return () => {
      const count = existsSync(path) ? attributes.unsigned(path) : undefined;
      return count === undefined ? [] : [single(metric.name, metric.help, 'counter', count)];
    };
  },
};
