/** Unpacks case folders for the tests of one file. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll } from '@jest/globals';
import { unpackCase } from './fixture-folder.ts';

const cases = join(import.meta.dirname, '..', 'cases');

/**
 * Returns a function that unpacks a case folder into a temporary folder at its first call and returns that folder. The
 * tests of the file share the unpacked files and only read them. Call at the top level of a test file: the temporary
 * folder is removed after its last test.
 */
export function createUnpackedCases(): (caseFolder: string) => string {
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'hostpulse-cases-'))); // hwmon compares resolved paths
  afterAll(() => rmSync(work, { recursive: true, force: true }));
  const unpacked = new Set<string>();
  return (caseFolder) => {
    const folder = join(work, relative(cases, caseFolder));
    if (!unpacked.has(folder)) unpackCase(caseFolder, folder);
    unpacked.add(folder);
    return folder;
  };
}
