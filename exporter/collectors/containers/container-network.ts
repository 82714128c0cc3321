/** Finds the network namespaces of containers and reads their devices. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseLines, parseUnsigned, parseWords, quote } from '../../procfs/host-file.ts';
import { isAbsent } from '../../procfs/sysfs.ts';

/** Counters of a network device since it exists. */
export interface DeviceTraffic {
  readonly device: string;
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly receiveErrors: number;
  readonly receiveDropped: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
  readonly sendErrors: number;
  readonly sendDropped: number;
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
    const value = (column: number) => parseUnsigned(words[column], `${where} ${device}`);
    traffic.push({
      device,
      receivedBytes: value(0),
      receivedPackets: value(1),
      receiveErrors: value(2),
      receiveDropped: value(3),
      sentBytes: value(8),
      sentPackets: value(9),
      sendErrors: value(10),
      sendDropped: value(11),
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
  const owners = new Map<string, NetworkUser>();
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

function networkOf(procfs: string, pid: number): string | undefined {
  try {
    return String(statSync(join(procfs, String(pid), 'net', 'dev')).ino);
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}
