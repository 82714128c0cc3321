/**
 * The filesystem collector with answers from a case's `statfs.json` in place of statfs(2), whose answers are this machine's:
 * by path `[size, free, avail, files, filesFree]`, or the words of a fault. `*` answers for all other paths.
 */
import { readFileSync } from 'node:fs';
import type { Collector } from '../../exporter/collector/collector.ts';
import type { UsageReading } from '../../exporter/collectors/filesystem/filesystem-usage.ts';
import { createFilesystem } from '../../exporter/collectors/filesystem.ts';

type Answer = readonly [number, number, number, number, number] | string;

export function createCaseFilesystem(path: string): Collector {
  const answers = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Answer>;
  const read = (mountPoint: string) => readingOf(answers[mountPoint] ?? answers['*'], mountPoint);
  return createFilesystem({
    readLocal: read,
    createProber: () => ({ readAll: (paths) => Promise.resolve(new Map(paths.map((each) => [each, read(each)]))) }),
  });
}

function readingOf(answer: Answer | undefined, mountPoint: string): UsageReading {
  if (answer === undefined) throw new Error(`statfs.json has no answer for ${mountPoint}`);
  if (typeof answer === 'string') return { fault: answer };
  const [sizeBytes, freeBytes, availBytes, files, filesFree] = answer;
  return { usage: { sizeBytes, freeBytes, availBytes, files, filesFree } };
}
