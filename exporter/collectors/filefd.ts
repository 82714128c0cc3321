/** File handles of the host, from /proc/sys/fs/file-nr. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { single } from '../exposition/family.ts';
import { parseLine, parseUnsigned, parseWords, readHostFile } from '../procfs/host-file.ts';

export const filefd: Collector = {
  name: 'filefd',
  defaultEnabled: true,
  help: 'Allocated file handles and their limit, from /proc/sys/fs/file-nr.',
  flags: [],
  create({ paths }) {
    const path = join(paths.procfs, 'sys', 'fs', 'file-nr');
    return () => {
      const { allocated, maximum } = parseFileNr(readHostFile(path));
      return [
        single('node_filefd_allocated', 'File descriptor statistics: allocated.', 'gauge', allocated),
        single('node_filefd_maximum', 'File descriptor statistics: maximum.', 'gauge', maximum),
      ];
    };
  },
};

/** Parses the numbers of allocated handles, of free handles (always 0 since Linux 2.6), and the limit. Source: https://docs.kernel.org/admin-guide/sysctl/fs.html */
export function parseFileNr(text: string): { allocated: number; maximum: number } {
  const words = parseWords(parseLine(text, 'file-nr'));
  if (words.length !== 3) throw new Error(`file-nr: expected 3 numbers, got ${words.length}`);
  return {
    allocated: parseUnsigned(words[0], 'file-nr allocated'),
    maximum: parseUnsigned(words[2], 'file-nr maximum'),
  };
}
