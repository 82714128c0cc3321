/**
 * Reads online and isolated CPUs, and the throttle counts of cores and packages, from sysfs.
 * Source: https://docs.kernel.org/admin-guide/cputopology.html and ABI/testing/sysfs-devices-system-cpu
 */
import { join } from 'node:path';
import { counter, type Family, gauge, type Sample } from '../../exposition/family.ts';
import { parseNumberList } from '../../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../../procfs/sysfs.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

/** Reads the families; a family without data has no samples. `onlineCpus` are the CPUs of /proc/stat, in its order. */
export type TopologyRead = (onlineCpus: readonly string[]) => Family[];

interface Counter {
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The files to read. Changes only when a CPU goes online or offline. */
interface Plan {
  /** Numbers of all CPUs with a folder, sorted by name; empty when the kernel does not expose which CPUs are online. */
  readonly switchable: readonly string[];
  readonly packages: readonly Counter[];
  readonly cores: readonly Counter[];
}

/** Returns a reader that caches its plan while the same CPUs are online: planning opens five files per CPU. */
export function createTopologyReader(sysfs: string, faults: ValueFaults): TopologyRead {
  const attributes = createAttributeReader(faults);
  const folder = join(sysfs, 'devices', 'system', 'cpu');
  const onlinePath = join(folder, 'online');
  let planned: { readonly key: string; readonly plan: Plan } | undefined;
  let isolated: Sample[] | undefined;
  return (onlineCpus) => {
    const key = onlineCpus.join();
    if (planned?.key !== key) planned = { key, plan: readPlan(folder, attributes) };
    const online = planned.plan.switchable.length === 0 ? undefined : attributes.parsed(onlinePath, parseNumberList);
    // A boot parameter sets the isolated CPUs, which do not change until the next boot.
    isolated ??= readIsolated(folder, attributes);
    const { plan } = planned;
    return [
      counter(
        'node_cpu_core_throttles_total',
        'Number of times this CPU core has been throttled.',
        readCounters(plan.cores, attributes),
      ),
      gauge(
        'node_cpu_isolated',
        'Whether each core is isolated, information from /sys/devices/system/cpu/isolated.',
        isolated,
      ),
      gauge('node_cpu_online', 'CPUs that are online and being scheduled.', onlineSamples(plan.switchable, online)),
      counter(
        'node_cpu_package_throttles_total',
        'Number of times this CPU package has been throttled.',
        readCounters(plan.packages, attributes),
      ),
    ];
  };
}

function readPlan(folder: string, attributes: AttributeReader): Plan {
  const cpus = (listFolder(folder) ?? []).map(({ name }) => name).filter((name) => /^cpu[0-9]+$/.test(name));
  const packages = new Map<string, Counter>();
  const cores = new Map<string, Counter>();
  for (const cpu of cpus) {
    const topology = readTopology(join(folder, cpu), attributes);
    if (topology === undefined) continue;
    const throttle = join(folder, cpu, 'thermal_throttle');
    const core = {
      path: join(throttle, 'core_throttle_count'),
      labels: { core: topology.core, package: topology.package },
    };
    addIfThere(cores, `${topology.package} ${topology.core}`, core, attributes);
    const whole = { path: join(throttle, 'package_throttle_count'), labels: { package: topology.package } };
    addIfThere(packages, topology.package, whole, attributes);
  }
  const [first] = cpus;
  // The first CPU has no switch in a kernel without CPU hotplug, and on x86 since 6.5; node_exporter exposes no CPU then.
  const isSwitchable = first !== undefined && attributes.text(join(folder, first, 'online')) !== undefined;
  return {
    switchable: isSwitchable ? cpus.map((cpu) => cpu.slice(3)) : [],
    packages: [...packages.values()],
    cores: [...cores.values()],
  };
}

/** Returns undefined for an offline CPU, which has no topology. */
function readTopology(cpu: string, attributes: AttributeReader): { package: string; core: string } | undefined {
  const [physical, core] = ['physical_package_id', 'core_id'].map((file) =>
    attributes.integer(join(cpu, 'topology', file)),
  );
  // -1 means unknown; some virtual machines have it.
  if (physical === undefined || core === undefined || physical < 0 || core < 0) return undefined;
  return { package: String(physical), core: String(core) };
}

function addIfThere(counters: Map<string, Counter>, key: string, counter: Counter, attributes: AttributeReader): void {
  if (!counters.has(key) && attributes.text(counter.path) !== undefined) counters.set(key, counter);
}

function readCounters(counters: readonly Counter[], attributes: AttributeReader): Sample[] {
  const samples: Sample[] = [];
  for (const { path, labels } of counters) {
    const value = attributes.unsigned(path);
    if (value !== undefined) samples.push({ labels, value });
  }
  return samples;
}

function readIsolated(folder: string, attributes: AttributeReader): Sample[] {
  const cpus = attributes.parsed(join(folder, 'isolated'), parseNumberList) ?? [];
  return cpus.map((cpu) => ({ labels: { cpu: String(cpu) }, value: 1 }));
}

function onlineSamples(cpus: readonly string[], online: readonly number[] | undefined): Sample[] {
  if (cpus.length === 0 || online === undefined) return [];
  const numbers = new Set(online.map(String));
  return cpus.map((cpu) => ({ labels: { cpu }, value: numbers.has(cpu) ? 1 : 0 }));
}
