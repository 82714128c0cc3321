/** Reads the control groups of containers: CPU and memory of all containers, and all values of the selected containers. */
import { join } from 'node:path';
import { walkCgroups } from '../../cgroup/cgroup-tree.ts';
import type { CgroupCpu, CgroupLimits, CgroupReader } from '../../cgroup/cgroup-usage.ts';
import { createBusiestSelection } from '../../collector/busiest-selection.ts';
import { cachedReading } from '../../collector/cached-reading.ts';
import type { HostPaths } from '../../collector/collector.ts';
import type { Family, Labels } from '../../exposition/family.ts';
import { createSampleTable, metricName, type SampleTable } from '../../exposition/sample-table.ts';
import type { AttributeReader } from '../../procfs/sysfs.ts';
import { type ContainerCgroup, parseContainerCgroup } from './container-cgroups.ts';
import { containerMetrics as metrics } from './container-metrics.ts';
import { findNetworkOwners, type NetworkUser, parseTraffic } from './container-network.ts';
import { type ContainerProcesses, readContainerProcesses, readStartSeconds } from './container-processes.ts';
import { createContainerSamples } from './container-samples.ts';
import type { ContainerState } from './container-state.ts';
import { createContainerStateReader } from './container-state-reader.ts';
import { createDeviceNames } from './device-names.ts';
import { addHost } from './host-samples.ts';

export interface ContainerReaderOptions {
  readonly paths: HostPaths;
  readonly attributes: AttributeReader;
  readonly max: number;
  /** Keys of container labels that become labels of the samples. */
  readonly labels: readonly string[];
  readonly now: () => number;
}

export type ReadContainers = (cgroups: CgroupReader, pause: () => Promise<void> | undefined) => Promise<Family[]>;

/** Maximum age of cached names and limits, which change rarely. */
const factsMaxAgeMs = 60_000;

interface RunningContainer extends ContainerCgroup {
  /** Path of the control group below the root. */
  readonly path: string;
  readonly cpu: CgroupCpu;
}

/** Readings of a container that are cached between scrapes. */
interface ContainerFacts {
  readonly state: () => ContainerState | undefined;
  readonly limits: () => CgroupLimits;
  /** Returns the start of a process, by its number. */
  readonly start: (pid: string) => number | undefined;
}

/** A container with the readings of this scrape. */
interface ReadContainer extends RunningContainer {
  readonly state: ContainerState | undefined;
  readonly processes: ContainerProcesses | undefined;
}

export function createContainerReader(options: ContainerReaderOptions): ReadContainers {
  const { paths, attributes, max, labels, now } = options;
  const select = createBusiestSelection({ max, now });
  const readState = createContainerStateReader(paths.rootfs, attributes);
  const deviceName = createDeviceNames(paths.sysfs);
  let facts = new Map<string, ContainerFacts>();

  async function listContainers(cgroups: CgroupReader, pause: () => Promise<void> | undefined) {
    const found = new Map<string, RunningContainer>();
    await walkCgroups({
      root: cgroups.root,
      pause,
      visit(path, folder) {
        const container = parseContainerCgroup(folder);
        if (container === undefined) return true;
        if (!found.has(container.id)) found.set(container.id, { ...container, path, cpu: cgroups.cpu(path) });
        return false;
      },
    });
    return [...found.values()];
  }

  function factsOf(container: RunningContainer, cgroups: CgroupReader): ContainerFacts {
    const known = facts.get(container.id);
    if (known !== undefined) return known;
    const cache = { maxAgeMs: factsMaxAgeMs, now };
    const state = cachedReading(() => readState(container, container.path), cache);
    const limits = cachedReading(() => cgroups.limits(container.path), cache);
    const start = cachedReading((pid) => readStartSeconds(paths.procfs, pid, attributes), cache);
    const created: ContainerFacts = { state: () => state(), limits: () => limits(), start };
    facts.set(container.id, created);
    return created;
  }

  function addContainer(
    table: SampleTable,
    cgroups: CgroupReader,
    container: ReadContainer,
    hasNetwork: boolean,
  ): void {
    const { path, cpu, processes } = container;
    const samples = createContainerSamples(table, labelsOf(container, labels));
    const { limits, start } = factsOf(container, cgroups);
    samples.cpu(cpu);
    samples.memory(cgroups.memory(path));
    samples.add(metrics.oomKills, cgroups.oomKills(path));
    samples.io(cgroups.io(path) ?? [], deviceName);
    samples.limits(limits(), cpu);
    samples.add(metrics.threads, cgroups.tasks(path));
    samples.add(metrics.processes, processes?.count);
    samples.add(metrics.lastSeen, Math.floor(now() / 1_000));
    if (processes?.pid === undefined) return;
    const pid = String(processes.pid);
    samples.add(metrics.started, start(pid));
    if (!hasNetwork) return;
    const traffic = attributes.parsed(join(paths.procfs, pid, 'net', 'dev'), parseTraffic);
    samples.network(traffic ?? []);
  }

  return async (cgroups, pause) => {
    const containers = await listContainers(cgroups, pause);
    const activities = containers.map(({ id, path, cpu }) => ({
      key: id,
      cpuSeconds: cpu.usageSeconds ?? 0,
      memoryBytes: containers.length > max ? (cgroups.memoryUsage(path) ?? 0) : 0,
    }));
    const selected = select(activities);
    const read: ReadContainer[] = [];
    for (const container of containers.filter(({ id }) => selected.has(id))) {
      await pause();
      const processes = readContainerProcesses(join(cgroups.root, container.path), attributes);
      // When an engine is killed, the control groups of ended containers remain.
      if (processes?.count !== 0) read.push({ ...container, processes, state: factsOf(container, cgroups).state() });
    }
    const owners = findNetworkOwners(paths.procfs, read.flatMap(networkUser));
    const table = createSampleTable([metrics.omitted]);
    for (const container of read) {
      await pause();
      addContainer(table, cgroups, container, owners.has(container.id));
    }
    facts = new Map([...facts].filter(([id]) => selected.has(id)));
    addHost({ table, cgroups, paths, attributes, deviceName, now });
    table.add(metrics.omitted, {}, containers.length - selected.size);
    table.add(metrics.unnamed, {}, read.filter(({ state }) => state === undefined).length);
    return table.families();
  };
}

function networkUser({ id, processes, state }: ReadContainer): NetworkUser[] {
  if (processes?.pid === undefined) return [];
  const isPodItself = state?.kubernetes !== undefined && state.kubernetes.container === undefined;
  return [{ id, pid: processes.pid, isPodItself }];
}

function labelsOf({ id, path, state }: ReadContainer, keys: readonly string[]): Labels {
  const own = keys.map((key) => [`container_label_${metricName(key)}`, state?.labels[key] ?? ''] as const);
  // Like `docker ps`, uses the first twelve digits of the ID as a short name.
  const name = state?.name ?? id.slice(0, 12);
  return { ...Object.fromEntries(own), ...state?.kubernetes, id: path, image: state?.image ?? '', name };
}
