/**
 * Exposes counters of IP, ICMP, TCP and UDP, from /proc/net/netstat, snmp and snmp6. The metrics are untyped, because the files
 * contain both counters and gauges.
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import { createLineTemplate } from '../collector/line-template.ts';
import { memoize } from '../collector/memoize.ts';
import { type Family, single } from '../exposition/family.ts';
import { parseLines, parseSigned, parseUnsigned, quote, readHostFile } from '../procfs/host-file.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** Families by field. The value of a later file replaces the value of an earlier file. */
export type NetworkCounters = Map<string, Family>;

export const netstat: Collector = {
  name: 'netstat',
  defaultEnabled: true,
  help: 'Exposes counters of IP, ICMP, TCP and UDP, from /proc/net/netstat, snmp and snmp6.',
  docs: { source: '/proc/net/netstat, snmp, snmp6' },
  flags: [
    {
      name: 'fields',
      help: 'Regexp of fields to return for netstat collector.',
      default:
        '^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$',
      check: checkGoRegexp,
    },
  ],
  create({ paths, flags, faults }) {
    const attributes = createAttributeReader(faults);
    const pathOf = (file: string) => join(paths.procfs, 'net', file);
    const [netstatPath, snmpPath, snmp6Path] = [pathOf('netstat'), pathOf('snmp'), pathOf('snmp6')];
    const pattern = compileGoRegexp(flags['fields'] ?? '');
    const metrics = createNetstatMetrics((field) => pattern.test(field));
    const readSnmp6 = createSnmp6Reader();
    return () => {
      const counters: NetworkCounters = new Map();
      const target = { metrics, counters, faults };
      const isParsed = (path: string, parse: (text: string, target: ParseTarget) => void): boolean =>
        attributes.parsed(path, (text) => {
          parse(text, target);
          return true;
        }) === true;
      // A host without IPv6 has no snmp6.
      const parsed = [
        isParsed(netstatPath, parseNetstat),
        isParsed(snmpPath, parseNetstat),
        isParsed(snmp6Path, readSnmp6),
      ];
      // Throws the reason why no file could be read or parsed.
      if (!parsed.includes(true)) parseNetstat(readHostFile(snmpPath), target);
      return [...counters.values()];
    };
  },
};

/** The target to which the parsers add counters and report faults. */
interface ParseTarget {
  readonly metrics: NetstatMetrics;
  readonly counters: NetworkCounters;
  readonly faults: ValueFaults;
}

/** Parses pairs of lines, `Tcp: InSegs OutSegs` and `Tcp: 1 2`. Source: https://docs.kernel.org/networking/snmp_counter.html */
function parseNetstat(text: string, target: ParseTarget): void {
  const lines = parseLines(text);
  if (lines.length === 0) throw new Error('net/snmp: expected pairs of lines, got none');
  for (let index = 0; index < lines.length; ) {
    const names = lines[index] as string;
    const values = lines[index + 1];
    const protocol = names.slice(0, Math.max(0, names.indexOf(':')));
    // After a line without its pair, the next line starts a pair.
    if (protocol === '' || !values?.startsWith(`${protocol}: `)) {
      target.faults.report(
        `net/snmp ${protocol}`,
        new Error(`net/snmp: expected a pair of lines, got ${quote(names)}`),
      );
      index += 1;
      continue;
    }
    try {
      addPair(target, target.metrics.layoutOf(names), values);
    } catch (error) {
      target.faults.report(`net/snmp ${protocol}`, error);
    }
    index += 2;
  }
}

function addPair(target: ParseTarget, { protocol, width, shown }: Layout, valueLine: string): void {
  const values = valueLine.split(' ');
  if (values.length !== width)
    throw new Error(`net/snmp ${protocol}: expected "${protocol}:" and ${width - 1} values, got ${quote(valueLine)}`);
  for (const { column, metric } of shown) addCounter(target, metric, values[column] as string);
}

function addCounter({ counters, faults }: ParseTarget, metric: Metric, value: string): void {
  try {
    counters.set(metric.field, familyOf(metric, value));
  } catch (error) {
    faults.report(`netstat ${metric.field}`, error);
  }
}

/** Returns a function that parses snmp6, of which most lines have no metric. */
function createSnmp6Reader(): (text: string, target: ParseTarget) => void {
  const template = createLineTemplate();
  let shown: readonly Metric[] = [];
  return (text, target) => {
    const values = template.read(text);
    if (values === undefined) {
      parseSnmp6(text, target);
      const metrics: Metric[] = [];
      template.learn(text, (name) => {
        const metric = target.metrics.metricOf(name);
        if (metric !== undefined) metrics.push(metric);
        return metric !== undefined;
      });
      shown = metrics;
      return;
    }
    for (const [index, { name, help, field }] of shown.entries())
      target.counters.set(field, single(name, help, 'untyped', values[index] as number));
  };
}

/** Parses lines of `Ip6InReceives 12`. The protocol ends at the first 6; lines without one are ignored. */
function parseSnmp6(text: string, target: ParseTarget): void {
  for (const line of parseLines(text)) {
    const end = line.search(/[ \t]/);
    const metric = target.faults.attempt(`net/snmp6 ${line}`, () =>
      target.metrics.metricOf(end < 1 ? line : line.slice(0, end)),
    );
    if (metric !== undefined) addCounter(target, metric, end < 1 ? '' : line.slice(end).trim());
  }
}

function familyOf({ name, help, field }: Metric, value: string): Family {
  // -1 means unlimited in gauges such as Tcp_MaxConn.
  const number = value.startsWith('-')
    ? parseSigned(value, `netstat ${field}`)
    : parseUnsigned(value, `netstat ${field}`);
  return single(name, help, 'untyped', number);
}

/** A metric and its field, made of protocol and name: `Tcp_InSegs`. */
interface Metric {
  readonly field: string;
  readonly name: string;
  readonly help: string;
}

/** A parsed line of names. */
interface Layout {
  readonly protocol: string;
  /** Number of words in the line, including the protocol. */
  readonly width: number;
  readonly shown: readonly { readonly column: number; readonly metric: Metric }[];
}

/** Memoized parsers: every scrape has the same names. */
interface NetstatMetrics {
  readonly layoutOf: (nameLine: string) => Layout;
  /** Parses a name of snmp6, `Ip6InOctets`. Undefined for a field that is not shown. */
  readonly metricOf: (name: string) => Metric | undefined;
}

function createNetstatMetrics(isShown: (field: string) => boolean): NetstatMetrics {
  return {
    layoutOf: memoize((nameLine) => parseLayout(nameLine, isShown)),
    metricOf: memoize((name) => parseName(name, isShown)),
  };
}

function parseLayout(nameLine: string, isShown: (field: string) => boolean): Layout {
  const names = nameLine.split(' ');
  const [first = ''] = names;
  if (!first.endsWith(':')) throw new Error(`net/snmp: expected "protocol: names", got ${quote(nameLine)}`);
  const protocol = first.slice(0, -1);
  const shown: { column: number; metric: Metric }[] = [];
  for (let column = 1; column < names.length; column++) {
    const metric = metricOf(protocol, names[column] as string);
    if (isShown(metric.field)) shown.push({ column, metric });
  }
  return { protocol, width: names.length, shown };
}

function parseName(name: string, isShown: (field: string) => boolean): Metric | undefined {
  const six = name.indexOf('6');
  if (six === -1) return undefined;
  const metric = metricOf(name.slice(0, six + 1), name.slice(six + 1));
  return isShown(metric.field) ? metric : undefined;
}

function metricOf(protocol: string, name: string): Metric {
  const field = `${protocol}_${name}`;
  if (!/^[A-Za-z0-9_]+$/.test(field)) throw new Error(`net/snmp: expected the name of a field, got ${quote(field)}`);
  return { field, name: `node_netstat_${field}`, help: `Statistic ${protocol}${name}.` };
}
