/** Load averages, from /proc/loadavg. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { single } from '../exposition/family.ts';
import { parseDecimal, parseLine, parseWords, readHostFile } from '../procfs/host-file.ts';

export const loadavg: Collector = {
  name: 'loadavg',
  defaultEnabled: true,
  help: 'Load averages over 1, 5 and 15 minutes, from /proc/loadavg.',
  flags: [],
  create({ paths }) {
    const path = join(paths.procfs, 'loadavg');
    return () => {
      const { load1, load5, load15 } = parseLoadavg(readHostFile(path));
      return [
        single('node_load1', '1m load average.', 'gauge', load1),
        single('node_load15', '15m load average.', 'gauge', load15),
        single('node_load5', '5m load average.', 'gauge', load5),
      ];
    };
  },
};

/** Parses the first three words of `0.20 0.18 0.12 1/80 11206`. Throws when the task counts are missing. */
export function parseLoadavg(text: string): { load1: number; load5: number; load15: number } {
  const words = parseWords(parseLine(text, 'loadavg'));
  if (words.length < 5) throw new Error(`loadavg: expected 5 words, got ${words.length}`);
  const [load1, load5, load15] = words.map((word, index) => (index < 3 ? parseDecimal(word, 'loadavg') : 0));
  return { load1: load1 as number, load5: load5 as number, load15: load15 as number };
}
