/** Counters of the network protocols, from /proc/net/netstat, snmp and snmp6: untyped, as in the kernel. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import { type Family, single } from '../exposition/family.ts';
import { readHostFile, tryReadHostFile } from '../procfs/host-file.ts';
import { parseLines, parseSigned, parseUnsigned, quote } from '../procfs/parse.ts';
import { createNetstatHeads, type Head, type Layout, type NetstatHeads } from './netstat/netstat-metrics.ts';

/** By field; a later file's value replaces an earlier one's. */
export type NetworkCounters = Map<string, Family>;

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
    const pathOf = (file: string) => join(paths.procfs, 'net', file);
    const [netstatPath, snmpPath, snmp6Path] = [pathOf('netstat'), pathOf('snmp'), pathOf('snmp6')];
    const pattern = compileGoRegexp(flags['fields'] ?? '');
    const heads = createNetstatHeads((field) => pattern.test(field));
    return () => {
      const counters: NetworkCounters = new Map();
      parseNetstat(readHostFile(netstatPath), heads, counters);
      parseNetstat(readHostFile(snmpPath), heads, counters);
      // Absent on a host without IPv6.
      const snmp6 = tryReadHostFile(snmp6Path);
      if (snmp6 !== undefined) parseSnmp6(snmp6, heads, counters);
      return [...counters.values()];
    };
  },
};

/** Adds what pairs of lines tell: `Tcp: InSegs OutSegs`, then `Tcp: 1 2`. Source: https://docs.kernel.org/networking/snmp_counter.html */
export function parseNetstat(text: string, heads: NetstatHeads, counters: NetworkCounters): void {
  const lines = parseLines(text);
  if (lines.length === 0 || lines.length % 2 !== 0) {
    throw new Error(`net/snmp: expected pairs of lines, got ${lines.length} lines`);
  }
  for (let index = 0; index < lines.length; index += 2) {
    addPair(counters, heads.layoutOf(lines[index] as string), lines[index + 1] as string);
  }
}

function addPair(counters: NetworkCounters, { protocol, width, shown }: Layout, valueLine: string): void {
  const values = valueLine.split(' ');
  if (values[0] !== `${protocol}:` || values.length !== width) {
    throw new Error(`net/snmp ${protocol}: expected "${protocol}:" and ${width - 1} values, got ${quote(valueLine)}`);
  }
  for (const { column, head } of shown) counters.set(head.field, familyOf(head, values[column] as string));
}

/** Adds what lines of `Ip6InReceives 12` tell: the protocol ends in the name's first 6. Lines without one are left out. */
export function parseSnmp6(text: string, heads: NetstatHeads, counters: NetworkCounters): void {
  for (const line of parseLines(text)) {
    const end = line.search(/[ \t]/);
    if (end < 1) throw new Error(`net/snmp6: expected "name value", got ${quote(line)}`);
    const head = heads.headOf(line.slice(0, end));
    if (head !== undefined) counters.set(head.field, familyOf(head, line.slice(end).trim()));
  }
}

function familyOf({ name, help, field }: Head, value: string): Family {
  // Some gauges are -1 for "no limit": Tcp_MaxConn.
  const number = value.startsWith('-')
    ? parseSigned(value, `netstat ${field}`)
    : parseUnsigned(value, `netstat ${field}`);
  return single(name, help, 'untyped', number);
}
