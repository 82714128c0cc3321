/** Finds the network namespaces of containers and reads their devices. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseLines, parseUnsigned, parseWords, quote } from '../../procfs/host-file.ts';
import { unlessAbsent } from '../../procfs/sysfs.ts';

/** Columns of the exposed counters in net/dev. */
const columns = {
  receivedBytes: 0,
  receivedPackets: 1,
  receiveErrors: 2,
  receiveDropped: 3,
  sentBytes: 8,
  sentPackets: 9,
  sendErrors: 10,
  sendDropped: 11,
} as const;

export type TrafficCounter = keyof typeof columns;

/** Counters of a network device since the device exists. */
export interface DeviceTraffic {
  readonly device: string;
  readonly counters: readonly (readonly [counter: TrafficCounter, value: number])[];
}

/** cAdvisor omits loopback and the host's ends of container networks. */
const omittedDevices = /^(lo|veth|docker|nerdctl)/;

/** Parses /proc/<pid>/net/dev without loopback and the host's ends of container networks. */
export function parseTraffic(text: string, where: string): DeviceTraffic[] {
  const traffic: DeviceTraffic[] = [];
  for (const line of parseLines(text).slice(2)) {
    const colon = line.lastIndexOf(':');
    const device = line.slice(0, colon).trim();
    const words = parseWords(line.slice(colon + 1));
    if (colon < 0 || words.length !== 16)
      throw new Error(`${where}: expected a device and 16 numbers, got ${quote(line)}`);
    if (omittedDevices.test(device)) continue;
    traffic.push({
      device,
      counters: Object.entries(columns).map(([counter, column]) => [
        counter as TrafficCounter,
        parseUnsigned(words[column], `${where} ${device}`),
      ]),
    });
  }
  return traffic;
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
