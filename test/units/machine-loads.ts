/** Starts loads on the machine, and reads the metrics of the exporter and the rates of systemd-cgtop. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../install/machine.ts';
import { type ReadFamily, readExpositionPage } from '../support/exposition-reader.ts';

const exporterPort = 9100;
const accounting = '-p CPUAccounting=yes -p MemoryAccounting=yes -p TasksAccounting=yes';

/** Starts the exporter, and units and a container with a steady use of CPU and memory. Waits until the collectors succeed. */
export async function startLoads(machine: Machine): Promise<void> {
  const unit = (name: string, properties: string, script: string): void =>
    void machine.run(`systemd-run --quiet --unit=${name} ${accounting} ${properties} sh -c '${script}'`);
  unit('cpu-load', '-p CPUQuota=20% -p Restart=always -p RestartSec=1', 'while :; do :; done');
  // tail keeps its whole input in memory, because the input has no line feed.
  unit('memory-load', '', 'head -c 200M /dev/zero | tail | sleep infinity');
  unit('tasks-load', '', 'for i in 1 2 3 4 5 6 7 8 9; do sleep infinity & done; wait');
  startContainer(machine);
  machine.run(
    `systemd-run --quiet --unit=exporter -p Nice=-15 /opt/hostpulse/node_modules/.bin/node /opt/hostpulse/bin/hostpulse.ts exporter ` +
      `--web.listen-address=127.0.0.1:${exporterPort} --collector.disable-defaults --collector.units --collector.containers --collector.process_groups`,
  );
  // On a busy machine, the first scrape may exceed the time limit of a collector, which then fails for some seconds.
  const succeeded = `curl -sf http://127.0.0.1:${exporterPort}/metrics | grep -c '^node_scrape_collector_success.* 1$' | grep -qx 3`;
  for (let tries = 0; !machine.succeeds(succeeded); tries++) {
    if (tries > 300)
      throw new Error(`the exporter does not listen: ${machine.run('journalctl -u exporter | tail -20')}`);
    await sleep(500);
  }
}

/** A storage configuration of podman without overlay mounts, because a machine in a container may not support overlay mounts. */
const storage =
  '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n';

function startContainer(machine: Machine): void {
  // At boot, podman's units create a database with another storage configuration.
  machine.run('systemctl stop podman.service podman.socket; rm -rf /var/lib/containers /run/containers /run/libpod');
  machine.run(`mkdir -p /etc/containers && printf '${storage.replaceAll('\n', '\\n')}' > /etc/containers/storage.conf`);
  const programs = '/bin/sh /usr/bin/head /usr/bin/tail /usr/bin/sleep';
  machine.run(
    `mkdir /image && cd / && cp --parents -L ${programs} $(ldd ${programs} | awk '/=>/ {print $3} /ld-linux/ {print $1}' | sort -u) /image`,
  );
  machine.run(
    'mkdir -p /image/bin /image/lib64 && cp -rn /image/usr/bin/. /image/bin/ && tar -C /image -c . | podman import - localhost/load:1',
  );
  const script = '(head -c 100M /dev/zero | tail | sleep infinity) & while :; do :; done';
  machine.run(
    `podman --runtime=runc run -d --name load --network=none --memory=512m --cpus=0.2 ` +
      `--ulimit nofile=1024:4096 --ulimit nproc=4096:4096 localhost/load:1 /bin/sh -c '${script}'`,
  );
}

/** Starts units that do nothing. */
export function startUnits(machine: Machine, count: number): void {
  machine.run(
    `for i in $(seq ${count}); do systemd-run --quiet --unit=idle-$i ${accounting} sleep infinity || exit 1; done`,
  );
}

export interface Page {
  /** Returns the sample of a family that has these labels. Throws unless exactly one sample has the labels. */
  value(family: string, labels: Readonly<Record<string, string>>): number;
  /** Returns the sum of the samples that have these labels. */
  sum(family: string, labels: Readonly<Record<string, string>>): number;
  countOfFamily(family: string): number;
  /** Returns the number of series of a collector. */
  countOf(collector: string): number;
}

const prefixes: Readonly<Record<string, RegExp>> = {
  units: /^hostpulse_(unit|slice)/,
  containers: /^(container|machine|hostpulse_container)/,
  process_groups: /^(namedprocess|hostpulse_process_groups)/,
};

/** Scrapes the exporter. */
export function readPage(machine: Machine): Page {
  const families = readExpositionPage(machine.run(`curl -sf http://127.0.0.1:${exporterPort}/metrics`));
  const matching = (name: string, labels: Readonly<Record<string, string>>): number[] => {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return [...(families.get(name)?.samples ?? [])]
      .filter(([key]) => wanted.every((each) => key.includes(each)))
      .map(([, value]) => value);
  };
  return {
    value(family, labels) {
      const [value, ...others] = matching(family, labels);
      if (value === undefined || others.length > 0)
        throw new Error(
          `${family}${JSON.stringify(labels)}: expected one sample, got ${value === undefined ? 0 : others.length + 1}`,
        );
      return value;
    },
    sum: (family, labels) => matching(family, labels).reduce((total, value) => total + value, 0),
    countOfFamily: (family) => families.get(family)?.samples.size ?? 0,
    countOf: (collector) =>
      [...families]
        .filter(([name]) => prefixes[collector]?.test(name))
        .reduce((total, [, { samples }]: [string, ReadFamily]) => total + samples.size, 0),
  };
}

export interface CgtopRow {
  readonly tasks: number;
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}

/** Returns the rows of systemd-cgtop by path of the control group. The CPU percentages are means over `seconds`. */
export function cgtopRates(machine: Machine, seconds: number): ReadonlyMap<string, CgtopRow> {
  const output = machine.run(`systemd-cgtop --batch --raw --iterations=2 --delay=${seconds}s --depth=5`);
  const rows = new Map<string, CgtopRow>();
  for (const line of output.split('\n')) {
    const [path = '', tasks, cpu, memory] = line.trim().split(/\s+/);
    rows.set(path.replace(/^\//, ''), { tasks: Number(tasks), cpuPercent: Number(cpu), memoryBytes: Number(memory) });
  }
  return rows;
}
