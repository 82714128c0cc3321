/** Counters of the network protocols, from /proc/net/netstat, snmp and snmp6: untyped, as in the kernel. */
import { join } from 'node:path';
import { type Family, single } from '../../common/family.ts';
import type { Collector } from '../collector.ts';
import { createFieldFilter } from '../field-filter.ts';
import { checkGoRegexp } from '../go-regexp.ts';
import { readHostFile, tryReadHostFile } from '../host-file.ts';
import { parseLines, parseSigned, parseUnsigned, parseWords, quote } from '../kernel-text.ts';

/** Value by protocol and name: `Tcp_InSegs`. */
export type NetworkCounters = Map<string, number>;
type FieldFilter = (field: string) => boolean;

export const netstat: Collector = {
  name: 'netstat',
  defaultEnabled: true,
  help: 'Counters of IP, ICMP, TCP and UDP, from /proc/net/netstat, snmp and snmp6.',
  flags: [
    {
      name: 'fields',
      help: 'Regexp of fields to return for netstat collector.',
      default:
        '^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$',
      check: checkGoRegexp,
    },
  ],
  create({ paths, flags }) {
    const net = join(paths.procfs, 'net');
    const isShown = createFieldFilter(flags['fields'] ?? '');
    return () => {
      const counters = parseNetstat(readHostFile(join(net, 'netstat')), isShown);
      for (const [field, value] of parseNetstat(readHostFile(join(net, 'snmp')), isShown)) counters.set(field, value);
      // Absent on a host without IPv6.
      const snmp6 = tryReadHostFile(join(net, 'snmp6'));
      if (snmp6 !== undefined) for (const [field, value] of parseSnmp6(snmp6, isShown)) counters.set(field, value);
      return [...counters].map(([field, value]) => familyOf(field, value));
    };
  },
};

/** Pairs of lines: `Tcp: InSegs OutSegs`, then `Tcp: 1 2`. Source: https://docs.kernel.org/networking/snmp_counter.html */
export function parseNetstat(text: string, isShown: FieldFilter): NetworkCounters {
  const lines = parseLines(text);
  if (lines.length === 0 || lines.length % 2 !== 0) {
    throw new Error(`net/snmp: expected pairs of lines, got ${lines.length} lines`);
  }
  const counters: NetworkCounters = new Map();
  for (let index = 0; index < lines.length; index += 2) {
    addPair(counters, lines[index] as string, lines[index + 1] as string, isShown);
  }
  return counters;
}

function addPair(counters: NetworkCounters, nameLine: string, valueLine: string, isShown: FieldFilter): void {
  const names = nameLine.split(' ');
  const values = valueLine.split(' ');
  const [head = ''] = names;
  if (!head.endsWith(':') || values[0] !== head) {
    throw new Error(`net/snmp: expected two lines of one protocol, got ${quote(head)} and ${quote(values[0])}`);
  }
  const protocol = head.slice(0, -1);
  if (names.length !== values.length) {
    throw new Error(`net/snmp ${protocol}: expected ${names.length - 1} values, got ${values.length - 1}`);
  }
  for (let column = 1; column < names.length; column++) {
    const field = `${protocol}_${names[column]}`;
    // Some gauges are -1 for "no limit": Tcp_MaxConn.
    if (isShown(field)) counters.set(field, parseCounter(values[column] as string, field));
  }
}

function parseCounter(text: string, field: string): number {
  return text.startsWith('-') ? parseSigned(text, `net/snmp ${field}`) : parseUnsigned(text, `net/snmp ${field}`);
}

/** Lines of `Ip6InReceives 12`: the protocol ends in the name's first 6. Lines without one are left out. */
export function parseSnmp6(text: string, isShown: FieldFilter): NetworkCounters {
  const counters: NetworkCounters = new Map();
  for (const line of parseLines(text)) {
    const [name = '', value, ...rest] = parseWords(line);
    if (value === undefined || rest.length > 0) throw new Error(`net/snmp6: expected "name value", got ${quote(line)}`);
    const six = name.indexOf('6');
    if (six === -1) continue;
    const field = `${name.slice(0, six + 1)}_${name.slice(six + 1)}`;
    if (isShown(field)) counters.set(field, parseUnsigned(value, `net/snmp6 ${name}`));
  }
  return counters;
}

function familyOf(field: string, value: number): Family {
  return single(`node_netstat_${field}`, `Statistic ${field.replace('_', '')}.`, 'untyped', value);
}
