/**
 * Removes languages from the Unicode data (ICU) in an executable of Node. The data are a quarter of the executable, and the agent
 * prints English only. The space is filled with zeros, which need no space in an archive.
 */

/** "CmnD": a package of common data. Precedes the list of contents: icu4c, common/ucmndata.h */
const format = Buffer.from('CmnD', 'latin1');
const formatOffset = 12;

interface Item {
  readonly name: string;
  /** Offsets of the name and of the data from the list of contents. */
  readonly nameAt: number;
  readonly dataAt: number;
}

/** Zeroes the data of other languages and encodings in place, and removes them from the list of contents. Returns the bytes freed. */
export function removeLanguages(executable: Buffer): number {
  const start = executable.indexOf(format) - formatOffset;
  if (start < 0) throw new Error('the executable contains no ICU data');
  const list = start + executable.readUInt16LE(start);
  const items = readItems(executable, list);
  const wanted = items.filter(({ name }, at) => at === items.length - 1 || isWanted(name));
  let freed = 0;
  for (const [at, { name, dataAt }] of items.entries()) {
    const next = items[at + 1];
    if (next === undefined || isWanted(name)) continue; // The end of the last item is unknown.
    executable.fill(0, list + dataAt, list + next.dataAt);
    freed += next.dataAt - dataAt;
  }
  executable.writeUInt32LE(wanted.length, list);
  for (const [at, { nameAt, dataAt }] of wanted.entries()) {
    executable.writeUInt32LE(nameAt, list + 4 + at * 8);
    executable.writeUInt32LE(dataAt, list + 8 + at * 8);
  }
  return freed;
}

function readItems(executable: Buffer, list: number): readonly Item[] {
  return Array.from({ length: executable.readUInt32LE(list) }, (_, at) => {
    const nameAt = executable.readUInt32LE(list + 4 + at * 8);
    const end = executable.indexOf(0, list + nameAt);
    const name = executable.toString('latin1', list + nameAt, end);
    if (!name.startsWith('icudt')) throw new Error(`the list of ICU data has an item "${name}", expected icudt...`);
    return { name, nameAt, dataAt: executable.readUInt32LE(list + 8 + at * 8) };
  });
}

/** Keeps English, and data that belong to no language: time zones, properties of characters, rules. */
function isWanted(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/\.(?:cnv|dict)$/.test(name)) return false;
  return !/^[a-z]{2,3}(?:_.*)?\.res$/.test(name) || /^en(?:_.*)?\.res$/.test(name);
}
