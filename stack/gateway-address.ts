/**
 * The addresses of the gateway: for people and hosts, and on loopback for the other components. Without TLS one listener
 * serves both. With TLS, or on an address that loopback does not reach, the gateway also serves plain HTTP on a loopback port.
 */
import { hostname, networkInterfaces } from 'node:os';
import { type ListenAddress, renderListenAddress } from '../common/program/settings/units.ts';
import { defaultPorts } from './ports.ts';

export interface GatewayAddress {
  readonly listen: ListenAddress;
  /** Address of plain HTTP on loopback beside `listen`; absent where `listen` serves it. */
  readonly internal?: ListenAddress;
  /** The port of plain HTTP on 127.0.0.1. */
  readonly localPort: number;
  /** For people and hosts; without a slash at the end. */
  readonly publicUrl: string;
  /** Whether other hosts reach the gateway. */
  readonly isExposed: boolean;
}

export interface GatewayAddressOptions {
  readonly listen: ListenAddress | undefined;
  readonly publicUrl: string | undefined;
  readonly hasTls: boolean;
  readonly portOffset: number;
  /** Addresses of the network interfaces, the preferred one first. */
  readonly addresses: readonly string[];
}

const loopback = '127.0.0.1';
const wildcards: readonly (string | undefined)[] = [undefined, '0.0.0.0', '::'];

export function gatewayAddress(options: GatewayAddressOptions): GatewayAddress {
  const { hasTls, portOffset, addresses } = options;
  const defaultPort = defaultPorts.gateway + portOffset;
  const listen = options.listen ?? { host: loopback, port: defaultPort };
  const isWildcard = wildcards.includes(listen.host);
  const isExposed = isWildcard || !isLoopback(listen.host ?? '');
  const servesLoopback = !hasTls && (isWildcard || listen.host === loopback || listen.host === 'localhost');
  const localPort = servesLoopback ? listen.port : listen.port === defaultPort ? defaultPort + 1 : defaultPort;
  const host = isWildcard ? (addresses[0] ?? hostname()) : (listen.host ?? loopback);
  const scheme = hasTls ? 'https' : 'http';
  return {
    listen,
    ...(servesLoopback ? {} : { internal: { host: loopback, port: localPort } }),
    localPort,
    publicUrl: options.publicUrl ?? `${scheme}://${renderListenAddress({ host, port: listen.port })}`,
    isExposed,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Returns the addresses that other hosts can use: IPv4 first, no loopback and no link-local addresses. */
export function hostAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const usable = all.filter(({ internal, address }) => !internal && !/^(?:fe80:|169\.254\.)/i.test(address));
  const of = (wanted: 'IPv4' | 'IPv6') =>
    usable.filter(({ family }) => family === wanted).map(({ address }) => address);
  return [...of('IPv4'), ...of('IPv6')];
}

/** Returns the names for the server's certificate: of this machine, and of the URL. The machine's name comes first. */
export function certificateNames(
  { listen, publicUrl }: GatewayAddress,
  addresses: readonly string[],
): [string, ...string[]] {
  const urlHost = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  const host = wildcards.includes(listen.host) ? [] : [listen.host ?? ''];
  const others = [urlHost, ...host, 'localhost', loopback, '::1', ...addresses].filter((name) => name !== hostname());
  return [hostname(), ...new Set(others)];
}
