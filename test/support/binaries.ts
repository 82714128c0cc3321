/** Where tests find the real programs: on PATH, else unpacked under data/tools by `npm test`'s preparation. */
import { toolsDirectory, tryProgramPath } from '../../scripts/tool-folders.ts';

/** The absolute path of a program under any of its names; throws an Error that names where it looked. */
export function binaryPath(...names: readonly [string, ...string[]]): string {
  const path = tryProgramPath(names);
  if (path !== undefined) return path;
  throw new Error(`${names.join(' or ')} is neither on PATH nor in ${toolsDirectory}: npm test installs it there`);
}
