/** Parses /proc/mdstat: two lines for each array, then lines about its bitmap and progress. Source: md_seq_show in the kernel's drivers/md/md.c */
import { parseLines, parseUnsigned, parseWords, quote } from '../../procfs/host-file.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

export interface MdArray {
  readonly device: string;
  readonly state: 'active' | 'inactive' | 'recovering' | 'resync' | 'check' | 'reshape' | 'broken';
  readonly active: number;
  readonly failed: number;
  readonly spare: number;
  readonly disksRequired: number;
  /** Blocks of 1 KiB. */
  readonly blocks: number;
  /** Equal to `blocks` unless the array is being synced. */
  readonly blocksSynced: number;
}

const deviceLine = /^(\S+) : (active|inactive|broken)\b(.*)$/;
const sizeLine = /^ +(\d+) blocks\b(.*)$/;
const members = /\[(\d+)\/(\d+)\] \[[U_]+\]/;
const progress = /^ +\[[=>.]+\] +(recovery|resync|reshape|check) =.*\((\d+)\/(\d+)\) finish=\S+min speed=\S+K\/sec$/;
const waiting = /^\s+(recover|recovery|resync|reshape|check)=(?:PENDING|DELAYED|REMOTE)$/;

const activities: Readonly<Record<string, MdArray['state']>> = {
  recover: 'recovering',
  recovery: 'recovering',
  resync: 'resync',
  reshape: 'reshape',
  check: 'check',
};

/** Unraid's own driver has lines of `name=value` and no arrays in this format. */
const unraidLine = /^[A-Za-z][A-Za-z0-9]*(?:\.\d+)?=/;

/** Returns the arrays in the order of the file. An array that cannot be parsed is reported and omitted. */
export function parseMdstat(text: string, faults: ValueFaults): MdArray[] {
  const lines = parseLines(text);
  const hasArrays = lines.some((line) => deviceLine.test(line));
  if (!hasArrays && unraidLine.test(lines[0] ?? '')) return [];
  if (!hasArrays && !lines[0]?.startsWith('Personalities :'))
    throw new Error(`mdstat: expected personalities, got ${quote(lines[0])}`);
  return splitSections(lines, faults).flatMap((section) => {
    const place = `mdstat ${section[0]?.split(' ', 1)[0] ?? ''}`;
    return faults.attempt(place, () => [parseArray(section)]) ?? [];
  });
}

/**
 * Returns the lines of each array. An empty line ends an array. When the file ends without this line, the last array is reported and
 * omitted, because its progress is unknown.
 */
function splitSections(lines: readonly string[], faults: ValueFaults): string[][] {
  const sections: string[][] = [];
  let isComplete = true;
  for (const line of lines) {
    const isArray = /^\S/.test(line) && !/^(?:Personalities|unused devices):?/.test(line);
    if (isArray) sections.push([line]);
    else if (/^\s+\S/.test(line)) {
      if (sections.length > 0) sections.at(-1)?.push(line);
      else faults.report('mdstat', new Error(`mdstat: expected an array, got ${quote(line)}`));
    }
    isComplete = !/^\s*\S/.test(line) || line.startsWith('unused devices:');
  }
  if (isComplete || sections.length === 0) return sections;
  faults.report('mdstat', new Error(`mdstat: expected unused devices at the end, got ${quote(lines.at(-1))}`));
  return sections.slice(0, -1);
}

function parseArray([first = '', size, ...details]: string[]): MdArray {
  const [, device, ownState, rest = ''] = deviceLine.exec(first) ?? [];
  if (device === undefined) throw new Error(`mdstat: expected an array, got ${quote(first)}`);
  const words = parseWords(rest);
  const [, blockText, sizeRest = ''] = sizeLine.exec(size ?? '') ?? [];
  if (blockText === undefined) throw new Error(`mdstat ${device}: expected blocks, got ${quote(size)}`);
  const blocks = parseUnsigned(blockText, `mdstat ${device} blocks`);
  const activity = details.map((line) => parseActivity(line)).find((found) => found !== undefined);
  return {
    device,
    state: activity?.state ?? (ownState as MdArray['state']),
    ...countDisks(device, { ownState, words, sizeRest }),
    failed: count(rest, '(F)'),
    spare: count(rest, '(S)'),
    blocks,
    blocksSynced: activity === undefined ? blocks : activity.blocksSynced,
  };
}

interface ArrayLine {
  readonly ownState: string | undefined;
  readonly words: readonly string[];
  readonly sizeRest: string;
}

function countDisks(
  device: string,
  { ownState, words, sizeRest }: ArrayLine,
): { active: number; disksRequired: number } {
  // The lines of an array without redundancy have no counts: every member is required and active.
  const [level = ''] = words.filter((word) => !word.startsWith('('));
  if (level === 'raid0' || level === 'linear') {
    const disks = words.filter((word) => word.includes('[')).length;
    return { active: disks, disksRequired: disks };
  }
  if (ownState === 'inactive') return { active: 0, disksRequired: 0 };
  const [, required, active] = members.exec(sizeRest) ?? [];
  if (required !== undefined) {
    return { active: parseUnsigned(active, device), disksRequired: parseUnsigned(required, device) };
  }
  throw new Error(`mdstat ${device}: expected disks as [2/2] [UU], got ${quote(sizeRest)}`);
}

/** Returns undefined for a line that is not about progress: `bitmap: 0/30 pages`. */
function parseActivity(line: string): { state: MdArray['state']; blocksSynced: number } | undefined {
  const [, pending] = waiting.exec(line) ?? [];
  if (pending !== undefined) return { state: activities[pending] as MdArray['state'], blocksSynced: 0 };
  const [, running, synced] = progress.exec(line) ?? [];
  if (running !== undefined) {
    return { state: activities[running] as MdArray['state'], blocksSynced: parseUnsigned(synced, 'mdstat progress') };
  }
  if (!/^\s*\[|=/.test(line)) return undefined;
  throw new Error(`mdstat: expected the progress of an array, got ${quote(line)}`);
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
