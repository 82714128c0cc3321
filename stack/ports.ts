/** The stack's ports: default ports plus one offset. */
import { createServer } from 'node:net';
import { StartError } from '../common/program/program.ts';
import { type ListenAddress, renderListenAddress } from '../common/program/settings/units.ts';

export const defaultPorts = {
  exporter: 9100,
  gateway: 9180,
  relay: 9194,
  prometheus: 9090,
  alertmanager: 9093,
  /** The gateway's OTLP/gRPC receiver. */
  otlp: 4317,
} as const;

type PortName = keyof typeof defaultPorts;
/** A component serves HTTP on the port of its name. */
export type ComponentName = Exclude<PortName, 'otlp'>;
export type Ports = Readonly<Record<PortName, number>>;

export function portsWithOffset(offset: number): Ports {
  const shifted = Object.entries(defaultPorts).map(([name, port]) => [name, port + offset]);
  return Object.fromEntries(shifted) as Record<PortName, number>;
}

interface NamedAddress {
  readonly name: string;
  readonly address: ListenAddress;
}

/** Throws a `StartError` whose message, one line, names every occupied address. `listen` is the gateway's address for other hosts. */
export async function requireFreePorts(ports: Ports, listen: ListenAddress): Promise<void> {
  const occupied = await listOccupied(ports, listen);
  if (occupied.length === 0) return;
  const places = occupied.map(({ name, address }) => `${renderListenAddress(address)} (${name})`);
  throw new StartError(
    `already in use by another program: ${places.join(', ')}; free them or choose others with --port-offset or --listen`,
  );
}

/** Returns the addresses of the stack on which a program listens. */
export async function listOccupied(ports: Ports, listen: ListenAddress): Promise<readonly NamedAddress[]> {
  const local = Object.entries(ports).map(([name, port]) => ({ name, address: { host: '127.0.0.1', port } }));
  const isListed = listen.host === '127.0.0.1' && listen.port === ports.gateway;
  const all = isListed ? local : [...local, { name: 'gateway', address: listen }];
  const occupied: NamedAddress[] = [];
  for (const each of all) if (!(await isFree(each.address))) occupied.push(each);
  return occupied;
}

function isFree(address: ListenAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ ...address, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Returns the URL on loopback, where every component listens. */
export function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Returns the URL of each component. */
export function urlsOf(ports: Ports): Readonly<Record<ComponentName, string>> {
  const urls = Object.entries(ports).flatMap(([name, port]) => (name === 'otlp' ? [] : [[name, localUrl(port)]]));
  return Object.fromEntries(urls) as Record<ComponentName, string>;
}
