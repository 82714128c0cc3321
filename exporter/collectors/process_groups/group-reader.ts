/** Reads processes and exposes their groups: CPU and memory of all processes, and all values of the processes in selected groups. */
import { join } from 'node:path';
import { createBusiestSelection } from '../../collector/busiest-selection.ts';
import type { Family } from '../../exposition/family.ts';
import { createSampleTable, type SampleTable } from '../../exposition/sample-table.ts';
import { readPageSizeBytes } from '../../procfs/page-size.ts';
import { parseBootSeconds, startSeconds, ticksPerSecond } from '../../procfs/process-stat.ts';
import type { AttributeReader } from '../../procfs/sysfs.ts';
import { createGroupCounters, type GroupCounters } from './group-counters.ts';
import { groupMetrics as metrics, shownStates, stateName } from './group-metrics.ts';
import type { GroupOf } from './group-names.ts';
import { countersOf, type ProcessDetails, readProcessDetails } from './process-counters.ts';
import { createProcessList, type GroupedProcess } from './process-list.ts';

export interface GroupReaderOptions {
  readonly procfs: string;
  readonly attributes: AttributeReader;
  readonly groupOf: GroupOf;
  readonly hasKernelThreads: boolean;
  readonly max: number;
  readonly now: () => number;
}

export type ReadGroups = (pause: () => Promise<void> | undefined) => Promise<Family[]>;

/** Time after which a group without processes is forgotten. */
const forgetMs = 3_600_000;
/** Above this number of groups, groups without processes are forgotten at once: the names of programs may be unbounded. */
const maxGroups = 1_000;

interface ReadProcess extends GroupedProcess {
  readonly details: ProcessDetails;
}

export function createGroupReader(options: GroupReaderOptions): ReadGroups {
  const { procfs, attributes, max, now } = options;
  const listProcesses = createProcessList(options);
  const select = createBusiestSelection({ max, now });
  const counters = createGroupCounters();
  const lastSeenMs = new Map<string, number>();
  let pageBytes: number | undefined;

  function forgetGroups(): void {
    for (const [group, seenMs] of lastSeenMs)
      if (seenMs < now() && (now() - seenMs > forgetMs || lastSeenMs.size > maxGroups)) lastSeenMs.delete(group);
  }

  return async (pause) => {
    const bytesPerPage = (pageBytes ??= readPageSizeBytes());
    const processes = await listProcesses(pause);
    for (const { group } of processes) lastSeenMs.set(group, now());
    forgetGroups();
    const byGroup = new Map<string, GroupedProcess[]>([...lastSeenMs.keys()].sort().map((group) => [group, []]));
    for (const process of processes) byGroup.get(process.group)?.push(process);
    const selected = select([...byGroup].map(([key, members]) => activityOf(key, members, counters, bytesPerPage)));
    const bootSeconds = attributes.parsed(join(procfs, 'stat'), parseBootSeconds);
    const table = createSampleTable([metrics.omitted]);
    for (const [group, members] of byGroup) {
      const read: ReadProcess[] = [];
      for (const member of members) {
        await pause();
        const details = selected.has(group) ? readProcessDetails(member.folder, attributes) : {};
        counters.add(member.key, group, countersOf(member.stat, details));
        read.push({ ...member, details });
      }
      if (!selected.has(group)) continue;
      addCounters(table, group, counters);
      addGauges(table, group, read, { bytesPerPage, bootSeconds });
    }
    counters.endScrape(new Set(byGroup.keys()));
    table.add(metrics.omitted, {}, byGroup.size - selected.size);
    return table.families();
  };
}

function activityOf(
  key: string,
  members: readonly GroupedProcess[],
  counters: GroupCounters,
  bytesPerPage: number,
): { key: string; cpuSeconds: number; memoryBytes: number } {
  const { userTicks = 0, systemTicks = 0 } = counters.sums(key);
  const living = sum(members, ({ stat }) => stat.userTicks + stat.systemTicks) ?? 0;
  // The sums do not include this scrape yet. At the first scrape, the ticks of the living processes rank the groups.
  const ticks = Math.max(userTicks + systemTicks, living);
  return {
    key,
    cpuSeconds: ticks / ticksPerSecond,
    memoryBytes: (sum(members, ({ stat }) => stat.residentPages) ?? 0) * bytesPerPage,
  };
}

function addCounters(table: SampleTable, groupname: string, counters: GroupCounters): void {
  const sums = counters.sums(groupname);
  table.add(metrics.cpu, { groupname, mode: 'user' }, sums.userTicks);
  table.add(metrics.cpu, { groupname, mode: 'system' }, sums.systemTicks);
  table.add(metrics.read, { groupname }, sums.readBytes);
  table.add(metrics.written, { groupname }, sums.writtenBytes);
  table.add(metrics.majorFaults, { groupname }, sums.majorFaults);
  table.add(metrics.minorFaults, { groupname }, sums.minorFaults);
  table.add(metrics.switches, { ctxswitchtype: 'voluntary', groupname }, sums.voluntarySwitches);
  table.add(metrics.switches, { ctxswitchtype: 'nonvoluntary', groupname }, sums.involuntarySwitches);
}

interface HostFacts {
  readonly bytesPerPage: number;
  readonly bootSeconds: number | undefined;
}

function addGauges(
  table: SampleTable,
  groupname: string,
  members: readonly ReadProcess[],
  { bytesPerPage, bootSeconds }: HostFacts,
): void {
  const labels = { groupname };
  table.add(metrics.processes, labels, members.length);
  table.add(metrics.threads, labels, sum(members, ({ stat }) => stat.threads) ?? 0);
  const resident = sum(members, ({ stat }) => stat.residentPages) ?? 0;
  table.add(metrics.memory, { groupname, memtype: 'resident' }, resident * bytesPerPage);
  table.add(metrics.memory, { groupname, memtype: 'virtual' }, sum(members, ({ stat }) => stat.virtualBytes) ?? 0);
  table.add(
    metrics.memory,
    { groupname, memtype: 'swapped' },
    sum(members, ({ details }) => details.swapBytes),
  );
  table.add(
    metrics.openFiles,
    labels,
    sum(members, ({ details }) => details.openFiles),
  );
  const ratios = members.flatMap(({ details: { openFiles, maxFiles = 0 } }) =>
    openFiles === undefined || maxFiles === 0 ? [] : [openFiles / maxFiles],
  );
  if (ratios.length > 0) table.add(metrics.worstFileRatio, labels, Math.max(...ratios));
  if (bootSeconds !== undefined && members.length > 0) {
    const oldest = members.reduce((least, { stat }) => Math.min(least, stat.startTicks), Number.POSITIVE_INFINITY);
    table.add(metrics.oldestStart, labels, startSeconds(bootSeconds, oldest));
  }
  for (const state of shownStates) {
    const count = members.filter(({ stat }) => stateName(stat.state) === state).length;
    table.add(metrics.states, { groupname, state }, count);
  }
}

/** Returns the sum of the values that are not undefined, or undefined when all values are undefined. */
function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number | undefined): number | undefined {
  let total: number | undefined;
  for (const item of items) {
    const value = valueOf(item);
    if (value !== undefined) total = (total ?? 0) + value;
  }
  return total;
}
