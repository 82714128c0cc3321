/** The stack's ports: each default plus one offset, all checked before anything starts. */
import { createServer } from 'node:net';
import { StartError } from '../common/program/program.ts';

export const defaultPorts = {
  exporter: 9100,
  gateway: 9180,
  relay: 9194,
  prometheus: 9090,
  alertmanager: 9093,
} as const;

export type PartName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PartName, number>>;

export function portsWithOffset(offset: number): Ports {
  const shifted = Object.entries(defaultPorts).map(([name, port]) => [name, port + offset]);
  return Object.fromEntries(shifted) as Record<PartName, number>;
}

/** Throws a `StartError` with one line that names every occupied port. */
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

/** The part's URL on loopback, which is where everything listens. */
export function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}
