/** Finds the network namespaces of containers and reads their devices. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { netDevColumns, parseNetDev } from '../../procfs/net-dev.ts';
import { unlessAbsent } from '../../procfs/sysfs.ts';
import { strictFaults } from '../../procfs/value-faults.ts';

/** Columns of net/dev by the exposed counter. */
const columns = {
  receivedBytes: 'receive_bytes',
  receivedPackets: 'receive_packets',
  receiveErrors: 'receive_errs',
  receiveDropped: 'receive_drop',
  sentBytes: 'transmit_bytes',
  sentPackets: 'transmit_packets',
  sendErrors: 'transmit_errs',
  sendDropped: 'transmit_drop',
} as const satisfies Readonly<Record<string, (typeof netDevColumns)[number]>>;

export type TrafficCounter = keyof typeof columns;

/** Counters of a network device since the device exists. */
export interface DeviceTraffic {
  readonly device: string;
  readonly counters: readonly (readonly [counter: TrafficCounter, value: number | undefined])[];
}

/** cAdvisor omits loopback and the host's ends of container networks. */
const omittedDevices = /^(lo|veth|docker|nerdctl)/;

/** Parses /proc/<pid>/net/dev without loopback and the host's ends of container networks. Throws an Error when a line or value is malformed. */
export function parseTraffic(text: string): DeviceTraffic[] {
  const devices = parseNetDev(text, strictFaults).filter(({ name }) => !omittedDevices.test(name));
  return devices.map(({ name, values }) => ({
    device: name,
    counters: Object.entries(columns).map(([counter, column]) => [
      counter as TrafficCounter,
      values[netDevColumns.indexOf(column)],
    ]),
  }));
}

/** A container that may have a network namespace. */
export interface NetworkUser {
  readonly id: string;
  /** A process of the container. */
  readonly pid: number;
  /** The container that holds the network of a pod. */
  readonly isPodItself: boolean;
}

/**
 * Returns the containers with their own network, by ID. When containers share a network, as in a pod, one container has the network: the
 * pod itself, or the oldest. Containers that use the host's network have none.
 *
 * Each network namespace has separate files in /proc, which every user may read; the links in /proc/<pid>/ns need more rights.
 */
export function findNetworkOwners(procfs: string, users: readonly NetworkUser[]): ReadonlySet<string> {
  const host = networkOf(procfs, 1);
  const owners = new Map<number, NetworkUser>();
  for (const user of users) {
    const network = networkOf(procfs, user.pid);
    if (network === undefined || network === host) continue;
    const owner = owners.get(network);
    if (owner === undefined || comesBefore(user, owner)) owners.set(network, user);
  }
  return new Set([...owners.values()].map(({ id }) => id));
}

function comesBefore(a: NetworkUser, b: NetworkUser): boolean {
  return a.isPodItself === b.isPodItself ? a.pid < b.pid : a.isPodItself;
}

/** Returns the inode number of the process's `net/dev`, which differs between network namespaces. */
function networkOf(procfs: string, pid: number): number | undefined {
  return unlessAbsent(() => statSync(join(procfs, String(pid), 'net', 'dev')).ino);
}
