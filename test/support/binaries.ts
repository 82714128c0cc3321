/** Finds real programs for tests: on PATH, or unpacked below data/tools by `npm test`. */
import { join } from 'node:path';
import { toolsDirectory, tryProgramPath } from '../../scripts/tools/tool-folders.ts';

/** Returns the absolute path of a program by any of its names. Throws an Error that lists the searched places. */
export function binaryPath(...names: readonly [string, ...string[]]): string {
  const path = tryProgramPath(names);
  if (path !== undefined) return path;
  throw new Error(`${names.join(' or ')} is neither on PATH nor in ${toolsDirectory}: npm test installs it there`);
}

/** The command line that `npm test` has built, for test/e2e/ and test/faults/. It starts in two thirds of the time of the sources. */
export const builtProgram = join(import.meta.dirname, '..', '..', 'dist', 'bin', 'hostpulse.js');
