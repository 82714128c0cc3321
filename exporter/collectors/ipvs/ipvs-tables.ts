/**
 * Parses the tables of IPVS, the kernel's load balancer.
 * Source: ip_vs_info_seq_show and ip_vs_stats_show in net/netfilter/ipvs/ip_vs_ctl.c of the kernel
 */
import { parseLines, parseUnsigned, parseWords, quote } from '../../procfs/host-file.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

/** In the order of exposition. */
export const backendLabelNames = [
  'local_address',
  'local_mark',
  'local_port',
  'proto',
  'remote_address',
  'remote_port',
] as const;

export interface IpvsBackend {
  /** A service has an address and a port, or a firewall mark. The labels that a service lacks are empty texts, except `local_port`, which is 0. */
  readonly labels: Readonly<Record<(typeof backendLabelNames)[number], string>>;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
}

const totalNames = ['connections', 'incoming packets', 'outgoing packets', 'incoming bytes', 'outgoing bytes'] as const;

/** Returns the totals since IPVS started. A malformed total is reported and undefined. */
export function parseIpvsTotals(text: string, faults: ValueFaults): (number | undefined)[] {
  const [, headings = '', row = ''] = parseLines(text);
  const words = parseWords(row);
  if (!headings.includes('Conns') || words.length !== totalNames.length)
    throw new Error(`ip_vs_stats: expected headings and ${totalNames.length} values, got ${quote(text)}`);
  return words.map((word, index) => {
    const where = `ip_vs_stats ${totalNames[index]}`;
    return faults.attempt(where, () => {
      if (!/^[0-9a-f]{1,16}$/i.test(word))
        throw new Error(`${where}: expected a hexadecimal number, got ${quote(word)}`);
      return Number(`0x${word}`);
    });
  });
}

type Service = Pick<IpvsBackend['labels'], 'local_address' | 'local_mark' | 'local_port' | 'proto'>;

/** Returns the backends of all services. A malformed backend, and all backends of a malformed service, are reported and omitted. */
export function parseIpvsBackends(text: string, faults: ValueFaults): IpvsBackend[] {
  const backends: IpvsBackend[] = [];
  let service: Service | undefined;
  for (const line of parseLines(text)) {
    const words = parseWords(line);
    const [first = '', address = ''] = words;
    if (first === '' || first === 'IP' || first === 'Prot' || address === 'RemoteAddress:Port') continue;
    if (first === '->') {
      const backend = faults.attempt(`ip_vs ${address}`, () => parseBackend(words, service));
      if (backend !== undefined) backends.push(backend);
    } else {
      service = faults.attempt(`ip_vs ${first}`, () => parseService(words));
    }
  }
  return backends;
}

const protocols = new Set(['TCP', 'UDP', 'SCTP']);

function parseService([proto = '', address = '']: readonly string[]): Service {
  if (proto === 'FWM' && /^[0-9A-F]{8}$/i.test(address))
    return { local_address: '', local_mark: address, local_port: '0', proto };
  if (!protocols.has(proto))
    throw new Error(`ip_vs: expected a protocol and an address, got ${quote(`${proto} ${address}`)}`);
  const { host, port } = parseAddress(address);
  return { local_address: host, local_mark: '', local_port: port, proto };
}

function parseBackend(words: readonly string[], service: Service | undefined): IpvsBackend {
  const [, address = '', , weight, active, inactive] = words;
  const where = `ip_vs ${address}`;
  if (service === undefined) throw new Error(`${where}: expected a service before it, got none`);
  const { host, port } = parseAddress(address);
  return {
    labels: { ...service, remote_address: host, remote_port: port },
    weight: parseUnsigned(weight, `${where} weight`),
    active: parseUnsigned(active, `${where} active`),
    inactive: parseUnsigned(inactive, `${where} inactive`),
  };
}

const ipv4 = /^([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2}):([0-9A-F]{4})$/i;
const ipv6 = /^(\[[0-9a-f]{4}(?::[0-9a-f]{4}){7}\]):([0-9A-F]{4})$/i;

/** Parses `C0A80016:0CEA` and `[2001:0db8:0000:0000:0000:0000:0000:0001]:0050`. */
function parseAddress(text: string): { readonly host: string; readonly port: string } {
  const [, ...four] = ipv4.exec(text) ?? [];
  const decimal = (hex: string | undefined) => String(Number.parseInt(hex ?? '', 16));
  if (four.length > 0) return { host: four.slice(0, 4).map(decimal).join('.'), port: decimal(four[4]) };
  const [, six, port] = ipv6.exec(text) ?? [];
  if (six === undefined) throw new Error(`ip_vs: expected an address and a port, got ${quote(text)}`);
  // The URL parser shortens the address: 2001:db8::1.
  return { host: new URL(`http://${six}`).hostname.slice(1, -1), port: decimal(port) };
}
