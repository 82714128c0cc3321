/** Paths that every system can check out: Linux, macOS and Windows. */

const longestPath = 200;

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const refusedCharacters = /[:*?"<>|\\\p{Cc}]/u;
const reservedName = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:[ .].*)?$/i;

/** Returns the reason why Windows refuses a path, or undefined. A path is relative and has `/` between its segments. */
export function portabilityFault(path: string): string | undefined {
  if (path.length > longestPath) return `${path.length} characters, ${longestPath} at most`;
  const character = refusedCharacters.exec(path)?.[0];
  if (character !== undefined) return `the character ${JSON.stringify(character)}`;
  for (const segment of path.split('/')) {
    if (/[ .]$/.test(segment)) return `${JSON.stringify(segment)} ends with a dot or a space`;
    if (reservedName.test(segment)) return `${JSON.stringify(segment)} is the name of a device`;
  }
  return undefined;
}

/** Returns the groups of paths that are one path where case does not count, as on Windows and macOS. */
export function caseCollisions(paths: readonly string[]): string[][] {
  const groups = Map.groupBy(paths, (path) => path.normalize('NFC').toLowerCase());
  return [...groups.values()].filter((group) => group.length > 1);
}
