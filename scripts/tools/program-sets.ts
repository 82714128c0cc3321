/** The sets of real programs that hostpulse supports and is tested with: those of one Debian suite each. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { relocateAlertmanager } from './relocate-alertmanager.ts';
import { toolsDirectory } from './tool-folders.ts';

/** The Debian suites, oldest first. docs/operations.md lists the versions of their programs. */
export const suites = ['bookworm', 'trixie', 'forky'] as const;
export type Suite = (typeof suites)[number];

const packages = ['prometheus', 'prometheus-alertmanager', 'prometheus-node-exporter', 'victoria-metrics'];

/** Returns the folder of the suite's programs, to be put first on PATH. */
export function programsOf(suite: Suite): string {
  return join(toolsDirectory, suite, 'usr', 'bin');
}

/**
 * Downloads the suite's programs unless they are there. The folder appears when it is complete: another task may be looking
 * for programs in it. Throws with apt's message.
 */
export function ensureSuite(suite: Suite): void {
  const folder = join(toolsDirectory, suite);
  if (existsSync(folder)) return;
  const incomplete = join(toolsDirectory, `${suite}.new`);
  rmSync(incomplete, { recursive: true, force: true });
  mkdirSync(incomplete, { recursive: true });
  unpackDebianPackages({ root: incomplete, suite, alone: packages, whole: [] });
  relocateAlertmanager(incomplete);
  rmSync(join(incomplete, 'apt'), { recursive: true });
  renameSync(incomplete, folder);
}
