/** The stack's ports: default ports plus one offset. */
import { createServer } from 'node:net';
import { StartError } from '../common/program/program.ts';

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

/** Throws a `StartError` that names every occupied port in one line. */
export async function requireFreePorts(ports: Ports): Promise<void> {
  const occupied: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isFree(port))) occupied.push(`127.0.0.1:${port} (${name})`);
  }
  if (occupied.length === 0) return;
  throw new StartError(
    `already in use by another program: ${occupied.join(', ')}; free them or choose others with --port-offset`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
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
