/** Exposes load averages over 1, 5 and 15 minutes, from /proc/loadavg. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import { parseDecimal, parseLine, parseWords, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

export const loadavg: Collector = {
  name: 'loadavg',
  defaultEnabled: true,
  help: 'Exposes load averages over 1, 5 and 15 minutes, from /proc/loadavg.',
  docs: { source: '/proc/loadavg' },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'loadavg');
    return () => parseLoadavg(readHostFile(path), faults);
  },
};

/** In the order of exposition, each with its position in the file. */
const metrics = [
  ['node_load1', '1m load average.', 0],
  ['node_load15', '15m load average.', 2],
  ['node_load5', '5m load average.', 1],
] as const;

/** Parses the first three words of `0.20 0.18 0.12 1/80 11206`. Throws when the task counts are missing. */
export function parseLoadavg(text: string, faults: ValueFaults): Family[] {
  const words = parseWords(parseLine(text, 'loadavg'));
  if (words.length < 5) throw new Error(`loadavg: expected 5 words, got ${words.length}`);
  return metrics.flatMap(([name, help, index]) => {
    const value = faults.attempt(`loadavg ${name}`, () => parseDecimal(words[index], 'loadavg'));
    return value === undefined ? [] : [single(name, help, 'gauge', value)];
  });
}
