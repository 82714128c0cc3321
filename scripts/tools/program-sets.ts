/** Downloads the sets of real programs that hostpulse supports. Each set has the programs of one Debian suite. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureUnpacked } from './debian-packages.ts';
import { relocateAlertmanager } from './relocate-alertmanager.ts';
import { type Suite, suites, toolsDirectory } from './tool-folders.ts';

export const suitePackages: readonly string[] = [
  'prometheus',
  'prometheus-alertmanager',
  'prometheus-node-exporter',
  'victoria-metrics',
];

/**
 * Downloads the newest suite whose programs run on this machine once, and returns the suite. Returns undefined when no suite can be
 * downloaded and run: the machine is not Debian, or has no network.
 */
export function tryEnsureNewestSuite(): Suite | undefined {
  return suites.toReversed().find((suite) => {
    try {
      ensureSuite(suite);
      return true;
    } catch (error) {
      process.stderr.write(`hostpulse: the programs of ${suite} cannot be used: ${firstLineOf(error)}\n`);
      return false;
    }
  });
}

function firstLineOf(error: unknown): string {
  return Error.isError(error)
    ? (error.message.split('\n').find((line) => line.startsWith('E:')) ?? error.message)
    : String(error);
}

/** Downloads the programs of the suite once. Throws when the download fails, or when a program does not run on this machine. */
export function ensureSuite(suite: Suite): void {
  ensureUnpacked(join(toolsDirectory, suite), { suite, alone: suitePackages, whole: [] }, (incomplete) => {
    relocateAlertmanager(incomplete);
    for (const program of ['prometheus', 'prometheus-alertmanager', 'prometheus-node-exporter']) {
      const { status, stderr, error } = spawnSync(join(incomplete, 'usr', 'bin', program), ['--version'], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`${program} does not run on this machine: ${error?.message ?? stderr}`);
    }
  });
}
