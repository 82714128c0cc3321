/** Compares the collectors systemd and logind with node_exporter 1.11.1 and with systemctl and loginctl on the machine. */

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Machine } from '../install/machine.ts';
import type { ReadFamily } from '../support/exposition-reader.ts';
import { expectTrue, say } from '../support/printed-checks.ts';
import { readFamilies, systemdFlags } from './machine-loads.ts';

const nodePort = 9_101;
const ofTheCollectors = /^node_(systemd|logind)_/;

type Families = Map<string, ReadFamily>;

export async function compareBus(machine: Machine): Promise<void> {
  createSessions(machine);
  createUnits(machine);
  await startNodeExporter(machine);
  await expectEqualFamilies(machine);
  await compareWithSystemctl(machine);
  measureStuckBus(machine);
  machine.run('systemctl stop node-exporter');
}

/** Creates sessions of a local and of a remote user, as PAM does. A session lasts as long as its leader. */
function createSessions(machine: Machine): void {
  const create = (type: string, isRemote: boolean): string =>
    `systemd-run --quiet --unit=leader-${type} sleep infinity; ` +
    `busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager CreateSession 'uusssssussbssa(sv)' ` +
    `0 $(systemctl show leader-${type} -p MainPID --value) sshd ${type} user '' '' 0 '' '' ${isRemote} root 203.0.113.7 0`;
  machine.run(create('tty', true));
  machine.run(create('x11', false));
}

/** Creates a failed service, and a service that systemd has started again, with a timer and a socket. */
function createUnits(machine: Machine): void {
  machine.succeeds('systemd-run --quiet --wait --unit=fails false');
  machine.run('systemd-run --quiet --unit=again -p Restart=always -p RestartSec=1 sleep infinity');
  machine.run('systemd-run --quiet --unit=soon --on-active=1 --timer-property=AccuracySec=100ms true');
  machine.run(
    "systemd-run --quiet --unit=listens --socket-property='ListenStream=/run/listens' --socket-property=Accept=yes cat",
  );
  machine.run('for i in 1 2 3; do systemctl kill --signal=KILL again; sleep 2; done');
}

async function startNodeExporter(machine: Machine): Promise<void> {
  machine.run(
    `systemd-run --quiet --unit=node-exporter /opt/node-exporter/prometheus-node-exporter --web.listen-address=127.0.0.1:${nodePort} ` +
      `--web.disable-exporter-metrics --collector.disable-defaults --collector.systemd --collector.logind ${systemdFlags}`,
  );
  for (let tries = 0; !machine.succeeds(`curl -sf http://127.0.0.1:${nodePort}/metrics`); tries++) {
    if (tries > 60)
      throw new Error(`node_exporter does not listen: ${machine.run('journalctl -u node-exporter | tail')}`);
    await sleep(500);
  }
}

/** The values of a unit may change between two readings, so the readings before and after must be equal. */
async function expectEqualFamilies(machine: Machine): Promise<void> {
  for (let tries = 0; ; tries++) {
    const before = plain(readFamilies(machine));
    const theirs = plain(readFamilies(machine, nodePort), withoutZeroStarts);
    const after = plain(readFamilies(machine));
    if (isDeepStrictEqual(before, after)) {
      const names = [...new Set([...Object.keys(after), ...Object.keys(theirs)])].sort();
      const different = names.filter((name) => !isDeepStrictEqual(after[name], theirs[name]));
      for (const name of different)
        say(`${name}:\n  ours   ${JSON.stringify(after[name])}\n  theirs ${JSON.stringify(theirs[name])}`);
      const samples = Object.values(after).reduce((sum, { samples: own }) => sum + Object.keys(own).length, 0);
      expectTrue(
        `systemd and logind: ${samples} samples of ${names.length} families are those of node_exporter`,
        names.length > 12 && different.length === 0,
      );
      return;
    }
    if (tries === 10) throw new Error('systemd and logind: the values changed during each of ten readings');
    await sleep(1_000);
  }
}

interface PlainFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: Readonly<Record<string, number>>;
}

function plain(
  families: Families,
  keep: (name: string, value: number) => boolean = () => true,
): Readonly<Record<string, PlainFamily>> {
  const entries = [...families]
    .filter(([name]) => ofTheCollectors.test(name))
    .map(([name, { help, type, samples }]): [string, PlainFamily] => {
      const kept = [...samples].filter(([, value]) => keep(name, value));
      return [name, { help, type, samples: Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1))) }];
    });
  return Object.fromEntries(entries);
}

/** node_exporter exposes 0 as the start of a unit that is not active. */
function withoutZeroStarts(name: string, value: number): boolean {
  return name !== 'node_systemd_unit_start_time_seconds' || value !== 0;
}

/** Units may fail or end between two readings: five attempts. */
async function compareWithSystemctl(machine: Machine): Promise<void> {
  for (let tries = 1; ; tries++) {
    const families = readFamilies(machine);
    const count = (command: string): number => Number(machine.run(command));
    const sum = (name: string, ...labels: readonly string[]): number =>
      [...(families.get(name)?.samples ?? [])]
        .filter(([key]) => labels.every((label) => key.includes(label)))
        .reduce((total, [, value]) => total + value, 0);
    const pairs: readonly (readonly [what: string, ours: number, theirs: number, least: number])[] = [
      [
        'failed units of systemctl',
        sum('node_systemd_units', 'state="failed"'),
        count('systemctl list-units --all --state=failed --plain --no-legend | wc -l'),
        1,
      ],
      [
        'restarts of systemctl',
        sum('node_systemd_service_restart_total', 'name="again.service"'),
        count('systemctl show again -p NRestarts --value'),
        3,
      ],
      ['sessions of loginctl', sum('node_logind_sessions'), count('loginctl list-sessions --no-legend | wc -l'), 2],
      ['remote sessions', sum('node_logind_sessions', 'remote="true"', 'type="tty"'), 1, 1],
    ];
    const isEqual = pairs.every(([, ours, theirs, least]) => ours === theirs && theirs >= least);
    if (!isEqual && tries < 5) {
      await sleep(2_000);
      continue;
    }
    for (const [what, ours, theirs, least] of pairs)
      expectTrue(`${what}: ${theirs}, ours ${ours}`, ours === theirs && theirs >= least);
    return;
  }
}

/** A bus that does not answer costs the collectors their series and the scrape at most the time limit. */
function measureStuckBus(machine: Machine): void {
  machine.run('systemctl kill --signal=STOP dbus.service');
  try {
    const startedMs = performance.now();
    const success = readFamilies(machine).get('node_scrape_collector_success')?.samples ?? new Map<string, number>();
    const seconds = (performance.now() - startedMs) / 1_000;
    const failed = [...success].filter(([, value]) => value === 0).map(([key]) => key);
    expectTrue(
      `a stopped bus: the scrape takes ${seconds.toFixed(1)} s, without ${failed.join(' ')}`,
      seconds < 8 && failed.sort().join(' ') === 'collector="logind" collector="systemd"',
    );
  } finally {
    machine.run('systemctl kill --signal=CONT dbus.service || kill -CONT $(pgrep dbus-daemon)');
  }
}
