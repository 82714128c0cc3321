/** Reads the control groups of units: CPU and memory of all units, and all values of the selected units. */
import { join } from 'node:path';
import { walkCgroups } from '../../cgroup/cgroup-tree.ts';
import { type CgroupCpu, type CgroupLimits, type CgroupReader, workingSetBytes } from '../../cgroup/cgroup-usage.ts';
import { createBusiestSelection } from '../../collector/busiest-selection.ts';
import { cachedReading } from '../../collector/cached-reading.ts';
import type { Family } from '../../exposition/family.ts';
import { createSampleTable, type SampleTable } from '../../exposition/sample-table.ts';
import { unitMetrics as metrics } from './unit-metrics.ts';
import { parseUnitName, type UnitType } from './unit-names.ts';
import { createStartObserver } from './unit-starts.ts';

export interface UnitReaderOptions {
  readonly types: ReadonlySet<UnitType>;
  readonly isShown: (unit: string) => boolean;
  readonly max: number;
  /** The folder /run/systemd/units. */
  readonly invocations: string;
  readonly now: () => number;
}

export type ReadUnits = (cgroups: CgroupReader, pause: () => Promise<void> | undefined) => Promise<Family[]>;

/** Maximum age of cached limits, which change rarely. */
const limitsMaxAgeMs = 60_000;

interface RunningUnit {
  readonly unit: string;
  /** Path of the control group below the root. */
  readonly path: string;
  readonly cpu: CgroupCpu;
}

export function createUnitReader({ types, isShown, max, invocations, now }: UnitReaderOptions): ReadUnits {
  const select = createBusiestSelection({ max, now });
  const starts = createStartObserver(invocations, now);
  let limitsByUnit = new Map<string, (path: string) => CgroupLimits>();

  async function listUnits(cgroups: CgroupReader, pause: () => Promise<void> | undefined) {
    const units = new Map<string, RunningUnit>();
    const slices: string[] = [];
    await walkCgroups({
      root: cgroups.root,
      pause,
      visit(path, folder) {
        const name = parseUnitName(folder);
        if (name === undefined) return false;
        if (name.type === 'slice') slices.push(path);
        if (types.has(name.type) && isShown(name.unit) && !units.has(name.unit))
          units.set(name.unit, { unit: name.unit, path, cpu: cgroups.cpu(path) });
        // Control groups in the folder of a service belong to the service, such as a user manager or a container engine.
        return name.type === 'slice';
      },
    });
    return { units: [...units.values()], slices };
  }

  function addUnit(table: SampleTable, cgroups: CgroupReader, { unit, path, cpu }: RunningUnit): void {
    const labels = { unit };
    table.add(metrics.cpu, { mode: 'user', unit }, cpu.userSeconds);
    table.add(metrics.cpu, { mode: 'system', unit }, cpu.systemSeconds);
    if (cpu.periods !== undefined && cpu.periods > 0) table.add(metrics.throttled, labels, cpu.throttledSeconds);
    const memory = cgroups.memory(path);
    table.add(metrics.memory, labels, memory.usage);
    table.add(metrics.workingSet, labels, workingSetBytes(memory));
    table.add(metrics.swap, labels, memory.swap);
    table.add(metrics.oomKills, labels, cgroups.oomKills(path));
    const io = cgroups.io(path);
    table.add(
      metrics.read,
      labels,
      io?.reduce((sum, { readBytes }) => sum + readBytes, 0),
    );
    table.add(
      metrics.written,
      labels,
      io?.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0),
    );
    table.add(metrics.tasks, labels, cgroups.tasks(path));
    const limitsOf =
      limitsByUnit.get(unit) ?? cachedReading((key) => cgroups.limits(key), { maxAgeMs: limitsMaxAgeMs, now });
    limitsByUnit.set(unit, limitsOf);
    const limits = limitsOf(path);
    table.add(metrics.memoryLimit, labels, finite(limits.memory));
    table.add(metrics.tasksLimit, labels, finite(limits.tasks));
  }

  return async (cgroups, pause) => {
    const { units, slices } = await listUnits(cgroups, pause);
    const activities = units.map(({ unit, path, cpu }) => ({
      key: unit,
      cpuSeconds: cpu.usageSeconds ?? 0,
      memoryBytes: units.length > max ? (cgroups.memoryUsage(path) ?? 0) : 0,
    }));
    const selected = select(activities);
    const table = createSampleTable([metrics.omitted]);
    for (const running of units) {
      await pause();
      // Starts are counted for every unit, so that the count is complete when a unit is selected later.
      const { starts: count, startedSeconds } = starts.observe(running.unit, join(cgroups.root, running.path));
      if (!selected.has(running.unit)) continue;
      addUnit(table, cgroups, running);
      table.add(metrics.starts, { unit: running.unit }, count);
      table.add(metrics.started, { unit: running.unit }, startedSeconds);
    }
    starts.endScrape();
    limitsByUnit = new Map([...limitsByUnit].filter(([unit]) => selected.has(unit)));
    for (const path of cgroups.version === 2 ? slices : []) {
      const slice = parseUnitName(path.slice(path.lastIndexOf('/') + 1))?.unit;
      if (slice !== undefined) table.add(metrics.sliceOomKills, { slice }, cgroups.oomKills(path));
    }
    table.add(metrics.omitted, {}, units.length - selected.size);
    return table.families();
  };
}

function finite(limit: number | undefined): number | undefined {
  return limit === Number.POSITIVE_INFINITY ? undefined : limit;
}
