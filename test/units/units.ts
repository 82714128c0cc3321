/**
 * Compares the collectors units, containers and process_groups with systemd-cgtop, systemctl and podman on a Debian machine under load:
 * `npm run test:units`, as root. Every value must be within 5 % of the other program's value. CPU times are counters, so they
 * must be between two scrapes, before and after the other program reads.
 *
 * The machine has the control groups of this host: v2, v1 or both. The first line of the output names the mounted control groups.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootMachine, createBridge, ensureBaseWith, type Machine } from '../install/machine.ts';
import { expectTrue, say } from '../support/printed-checks.ts';
import { cgtopRates, type Page, readPage, startLoads, startUnits } from './machine-loads.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'data/machines');
const bridge = 'hostpulse-u0';
const tolerance = 0.05;
const megabyte = 2 ** 20;

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('the machine needs root: sudo npm run test:units');
  const base = ensureBaseWith(folder, ['podman', 'runc', 'libatomic1', 'libstdc++6']);
  const network = createBridge(bridge, '10.213.7.1');
  let machine: Machine | undefined;
  try {
    machine = await bootMachine({
      folder,
      base,
      bridge,
      name: 'units',
      address: '10.213.7.2',
      mounts: { '/opt/hostpulse': root },
      arguments: ['--capability=all', '--system-call-filter=@keyring bpf'],
      hasControllers: true,
    });
    await compare(machine);
  } finally {
    await machine?.remove();
    network.remove();
  }
}

async function compare(machine: Machine): Promise<void> {
  say(
    `control groups of the machine: ${machine.run("awk '/cgroup/ {print $3}' /proc/mounts | sort | uniq -c | tr '\\n' ' '")}`,
  );
  await startLoads(machine);
  const read = () => readPage(machine);
  read();
  await sleep(10_000);
  compareUnits(machine, read);
  compareCgtop(machine, read);
  compareContainer(machine, read);
  await compareStarts(machine, read);
  await measure(machine, read);
}

/** Compares CPU, memory and tasks of units with systemctl, which reads the control groups itself. */
function compareUnits(machine: Machine, read: () => Page): void {
  for (const unit of ['cpu-load.service', 'memory-load.service', 'tasks-load.service']) {
    const before = read();
    const shown = machine.run(`systemctl show ${unit} -p CPUUsageNSec -p MemoryCurrent -p TasksCurrent`);
    const ofProcess = machine.run(
      `awk '{print $1 / 1e9}' /proc/$(systemctl show ${unit} -p MainPID --value)/schedstat`,
    );
    const after = read();
    const value = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(shown)?.[1]);
    const cpu = (page: Page) => page.sum('hostpulse_unit_cpu_seconds_total', { unit });
    const ofSystemctl = value('CPUUsageNSec') / 1e9;
    // systemd accounts no CPU when the kernel mounts the controllers cpu and cpuacct in separate folders.
    if (Number.isNaN(ofSystemctl)) say(`${unit}: systemctl has no CPU seconds to compare`);
    else expectBetween(`${unit}: CPU seconds of systemctl`, ofSystemctl, cpu(before), cpu(after));
    if (unit === 'cpu-load.service')
      expectBetween(`${unit}: CPU seconds of its process`, Number(ofProcess), cpu(before), cpu(after));
    const memory = after.value('hostpulse_unit_memory_bytes', { unit });
    expectNear(`${unit}: memory of systemctl`, memory, value('MemoryCurrent'));
    expectNear(`${unit}: tasks of systemctl`, after.value('hostpulse_unit_tasks', { unit }), value('TasksCurrent'));
  }
  const memory = read().value('hostpulse_unit_memory_bytes', { unit: 'memory-load.service' });
  expectTrue(`memory-load.service uses 200 MiB or more: ${Math.round(memory / megabyte)}`, memory > 200 * megabyte);
}

/** Compares CPU rates, memory and tasks with systemd-cgtop, over the 20 seconds between its two lists. */
function compareCgtop(machine: Machine, read: () => Page): void {
  const seconds = 20;
  retry('systemd-cgtop', () => {
    const before = read();
    const beforeMs = performance.now();
    const rates = cgtopRates(machine, seconds);
    const after = read();
    const passedSeconds = (performance.now() - beforeMs) / 1_000;
    const scope = [...rates.keys()].find((path) => /^machine\.slice\/libpod-[0-9a-f]{64}\.scope$/.test(path)) ?? '';
    for (const path of ['system.slice/cpu-load.service', 'system.slice/memory-load.service', scope]) {
      const unit = path.slice(path.indexOf('/') + 1);
      const labels = { unit };
      const theirs = rates.get(path);
      if (theirs === undefined) throw new Error(`systemd-cgtop does not list ${unit}: ${[...rates.keys()].join(' ')}`);
      const cpu = (page: Page) => page.sum('hostpulse_unit_cpu_seconds_total', labels);
      const percent = ((cpu(after) - cpu(before)) / passedSeconds) * 100;
      if (theirs.cpuPercent > 1) expectNear(`${unit}: CPU per cent of systemd-cgtop`, percent, theirs.cpuPercent);
      expectNear(
        `${unit}: memory of systemd-cgtop`,
        after.value('hostpulse_unit_memory_bytes', labels),
        theirs.memoryBytes,
      );
      expectNear(`${unit}: tasks of systemd-cgtop`, after.value('hostpulse_unit_tasks', labels), theirs.tasks);
    }
  });
}

function compareContainer(machine: Machine, read: () => Page): void {
  const labels = { name: 'load', image: 'localhost/load:1' };
  const before = read();
  const [cpuNanoseconds, memoryBytes, pids] = machine
    .run("podman stats --no-stream --no-reset --format '{{.CPUNano}}|{{.MemUsageBytes}}|{{.PIDs}}' load")
    .trim()
    .split('|');
  const after = read();
  const cpu = (page: Page) => page.value('container_cpu_usage_seconds_total', labels);
  expectBetween('container: CPU seconds of podman stats', Number(cpuNanoseconds) / 1e9, cpu(before), cpu(after));
  expectNear(
    'container: memory of podman stats',
    after.value('container_memory_usage_bytes', labels),
    parseSize(memoryBytes),
  );
  expectNear('container: processes of podman stats', after.value('container_threads', labels), Number(pids));
  const limit = Number(machine.run("podman inspect load --format '{{.HostConfig.Memory}}'"));
  expectNear(
    'container: memory limit of podman inspect',
    after.value('container_spec_memory_limit_bytes', labels),
    limit,
  );
  const started = Date.parse(
    machine.run('podman inspect load --format \'{{.State.StartedAt.Format "2006-01-02T15:04:05Z07:00"}}\'').trim(),
  );
  const theirs = after.value('container_start_time_seconds', labels);
  expectTrue(
    `container: start of podman inspect: ${theirs} is ${started / 1_000}`,
    Math.abs(theirs - started / 1_000) <= 2,
  );
  const working = after.value('container_memory_working_set_bytes', labels);
  expectTrue(
    'container: the working set is not above the usage',
    working <= after.value('container_memory_usage_bytes', labels),
  );
  expectTrue('container: all names were read', after.value('hostpulse_containers_unnamed', {}) === 0);
}

async function compareStarts(machine: Machine, read: () => Page): Promise<void> {
  const labels = { unit: 'cpu-load.service' };
  const before = read();
  machine.run('systemctl kill --signal=KILL cpu-load.service');
  await sleep(4_000);
  const after = read();
  const starts = (page: Page) => page.value('hostpulse_unit_starts_total', labels);
  expectTrue('an automatic restart is one start', starts(after) === starts(before) + 1);
  const start = Number(machine.run(`date +%s -d "$(systemctl show cpu-load.service -p ActiveEnterTimestamp --value)"`));
  const ours = after.value('hostpulse_unit_start_time_seconds', labels);
  expectTrue(`the start is the start of systemctl: ${ours} is ${start}`, Math.abs(ours - start) <= 1);
  const groups = after.sum('namedprocess_namegroup_num_procs', { groupname: 'sh' });
  const pgrep = Number(machine.run('cat /proc/[0-9]*/comm 2>/dev/null | grep -cx sh'));
  expectTrue(`processes named sh: ${groups} is ${pgrep} or one less`, groups === pgrep || groups === pgrep - 1);
}

/** Prints the number of series and the duration of a scrape with a hundred more units. */
async function measure(machine: Machine, read: () => Page): Promise<void> {
  startUnits(machine, 100);
  await sleep(2_000);
  const pages: Page[] = [];
  for (let scrape = 0; scrape < 20; scrape++) pages.push(read());
  const last = pages.at(-1) as Page;
  for (const collector of ['units', 'containers', 'process_groups']) {
    const times = pages.map((page) => page.value('node_scrape_collector_duration_seconds', { collector }) * 1_000);
    const median = times.toSorted((a, b) => a - b)[times.length / 2] as number;
    say(`figure  ${collector}: ${last.countOf(collector)} series, ${median.toFixed(1)} ms a scrape (median of 20)`);
  }
  const shown = last.countOfFamily('hostpulse_unit_tasks');
  const omitted = last.value('hostpulse_units_omitted', {});
  expectTrue(`100 units have series, ${omitted} are counted`, shown === 100 && omitted > 0);
}

function expectNear(what: string, ours: number, theirs: number): void {
  const difference = Math.abs(ours - theirs) / theirs;
  expectTrue(`${what} ${theirs}, ours ${ours} (${(difference * 100).toFixed(2)} %)`, difference <= tolerance);
}

/** The tolerance for CPU times, because the kernel updates its counters of CPU time some milliseconds apart. */
const lagSeconds = 0.05;

function expectBetween(what: string, theirs: number, before: number, after: number): void {
  const isBetween = before - lagSeconds <= theirs && theirs <= after + lagSeconds;
  expectTrue(`${what} ${theirs.toFixed(3)} is between ${before.toFixed(3)} and ${after.toFixed(3)}`, isBetween);
}

/** Parses the first size of podman's `101.6MiB / 512MiB`. */
function parseSize(text = ''): number {
  const [, number = '', unit = ''] = /^([\d.]+)([KMG]?)iB/.exec(text) ?? [];
  return Number(number) * 1_024 ** ['', 'K', 'M', 'G'].indexOf(unit);
}

/** Repeats a failed comparison up to twice, because rates differ when other programs use the CPU between two readings. */
function retry(what: string, attempt: () => void): void {
  for (let attempts = 1; ; attempts++) {
    try {
      attempt();
      return;
    } catch (error) {
      if (attempts === 3) throw error;
      say(`again ${what}: ${String(error)}`);
    }
  }
}

await main();
