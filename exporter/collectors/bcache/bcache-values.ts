/**
 * Parses the values of bcache, which the kernel prints in a human-readable form such as `1.1M`.
 * Source: bch_hprint in drivers/md/bcache/util.c of the kernel
 */
import { parseLine, parseLines, parseUnsigned, parseWords, quote } from '../../procfs/host-file.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import { priorityMetrics, writebackMetrics } from './bcache-metrics.ts';

const units = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const size = /^(-?)(\d{1,20})(?:\.(\d{1,2}))?([kMGTPEZY]?)$/;

/**
 * Parses a number with an optional unit, which is a power of 1024. The digits after the point count units of 100/1024, from 0
 * to 10: `1.10k` follows `1.9k`.
 */
function parseBcacheSize(word: string, where: string): number {
  const [, sign, whole, decimal = '0', unit = ''] = size.exec(word) ?? [];
  if (whole === undefined) throw new Error(`${where}: expected a number such as 1.5k, got ${quote(word)}`);
  const value = Math.trunc((Number(whole) + Number(decimal) / 10.24) * 1024 ** units.indexOf(unit));
  return sign === '-' && value > 0 ? -value : value;
}

/** Parses the content of an attribute with one number. */
export function parseBcacheLine(text: string, where: string): number {
  return parseBcacheSize(parseLine(text, where), where);
}

/** Parses lines of `rate:	1.1M/sec` to bytes by name. A malformed value is reported and omitted. */
export function parseWritebackRate(text: string, where: string, faults: ValueFaults): Map<string, number> {
  return parseNamed(text, where, {
    faults,
    parse: (word, place) => parseBcacheSize(word.replace(/\/sec$/, ''), place),
  });
}

/** Parses lines of `Unused:		99%` to percent by name. A malformed value is reported and omitted. */
export function parsePriorityStats(text: string, where: string, faults: ValueFaults): Map<string, number> {
  return parseNamed(text, where, {
    faults,
    parse(word, place) {
      if (!word.endsWith('%')) throw new Error(`${place}: expected percent, got ${quote(word)}`);
      return parseUnsigned(word.slice(0, -1), place);
    },
  });
}

/** Names of the lines that have metrics. */
const knownNames = new Set([...writebackMetrics, ...priorityMetrics].map(({ attribute }) => attribute));

interface NamedOptions {
  readonly faults: ValueFaults;
  readonly parse: (word: string, place: string) => number;
}

function parseNamed(text: string, where: string, { faults, parse }: NamedOptions): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of parseLines(text)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (!knownNames.has(name)) continue;
    const place = `${where} ${name}`;
    const value = faults.attempt(place, () => parse(parseWords(line.slice(colon + 1)).at(-1) ?? '', place));
    if (value !== undefined) values.set(name, value);
  }
  return values;
}
