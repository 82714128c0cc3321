/** Exposes the number of allocated file handles and their limit, from /proc/sys/fs/file-nr. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import { parseLine, parseUnsigned, parseWords, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

export const filefd: Collector = {
  name: 'filefd',
  defaultEnabled: true,
  help: 'Exposes the number of allocated file handles and their limit, from /proc/sys/fs/file-nr.',
  docs: { source: '/proc/sys/fs/file-nr' },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'sys', 'fs', 'file-nr');
    return () => parseFileNr(readHostFile(path), faults);
  },
};

const metrics = [
  ['allocated', 0],
  ['maximum', 2],
] as const;

/** Parses the numbers of allocated handles, of free handles (always 0 since Linux 2.6), and the limit. Source: https://docs.kernel.org/admin-guide/sysctl/fs.html */
export function parseFileNr(text: string, faults: ValueFaults): Family[] {
  const words = parseWords(parseLine(text, 'file-nr'));
  if (words.length !== 3) throw new Error(`file-nr: expected 3 numbers, got ${words.length}`);
  return metrics.flatMap(([name, index]) => {
    const value = faults.attempt(`file-nr ${name}`, () => parseUnsigned(words[index], `file-nr ${name}`));
    return value === undefined
      ? []
      : [single(`node_filefd_${name}`, `File descriptor statistics: ${name}.`, 'gauge', value)];
  });
}
