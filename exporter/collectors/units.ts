/**
 * Exposes CPU, memory, I/O, tasks, starts and OOM kills of systemd's units, from their control groups and /run/systemd/units, without
 * D-Bus. A unit that does not run has no control group and no series.
 */
import { join } from 'node:path';
import { findCgroups } from '../cgroup/cgroup-tree.ts';
import type { Collector } from '../collector/collector.ts';
import { checkCount, parseCount } from '../collector/count-flag.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import { createWorkBudget } from '../procfs/work-budget.ts';
import { parseUnitTypes } from './units/unit-names.ts';
import { createUnitReader } from './units/unit-reader.ts';

const nameFlags: NameFilterFlags = { collector: 'units', include: 'unit-include', exclude: 'unit-exclude' };

export const units: Collector = {
  name: 'units',
  defaultEnabled: false,
  help: "Exposes CPU, memory, I/O, tasks, starts and OOM kills of systemd's running units, from control groups.",
  docs: {
    names: 'hostpulse',
    source: '/sys/fs/cgroup (v2, v1 or both), /run/systemd/units below `--path.rootfs`',
    cost: 'up to 14 series and 9 files per unit, of at most `--collector.units.max` units',
  },
  flags: [
    {
      name: 'max',
      help: 'Maximum number of units with series. When more units run, the busiest units by CPU and memory have series.',
      default: '100',
      check: checkCount,
    },
    {
      name: 'types',
      help: 'Types of units, separated by commas: service, scope, slice, socket, mount, swap.',
      default: 'service,scope',
      check: (text) => void parseUnitTypes(text),
    },
    ...nameFilterFlags('systemd units', nameFlags),
  ],
  create({ paths, flags, faults, now = Date.now, workLimitMs }) {
    const attributes = createAttributeReader(faults);
    const budget = createWorkBudget({ subject: 'units', limitMs: workLimitMs, now });
    const read = createUnitReader({
      types: parseUnitTypes(flags['types'] ?? ''),
      isShown: compileNameFilter(flags, nameFlags),
      max: parseCount(flags['max'] ?? ''),
      invocations: join(paths.rootfs, 'run', 'systemd', 'units'),
      now,
    });
    return (signal) => {
      const cgroups = findCgroups(paths.sysfs, attributes);
      return cgroups === undefined ? [] : budget.run(signal, (pause) => read(cgroups, pause));
    };
  },
};
