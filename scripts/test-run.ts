/** Runs jest projects one after the other and adds up what passed and failed. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed, run } from './run-command.ts';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

export type Project = 'unit' | 'e2e' | 'faults';

const environment = { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' };
const reports = join('data', 'test-reports');

/**
 * One project's run: two files at a time, for most of what `e2e` does is to wait for real programs; one where they are killed
 * under load. A test that fails may leave a server open: `--forceExit` keeps that from hanging the run after its report is written.
 */
export async function runProject(project: Project, args: readonly string[]): Promise<Totals> {
  mkdirSync(reports, { recursive: true });
  const report = join(reports, `${project}.json`);
  rmSync(report, { force: true });
  const workers = project === 'faults' ? ['--runInBand'] : ['--maxWorkers=2'];
  try {
    await run(
      'jest',
      ['--selectProjects', project, '--json', '--outputFile', report, '--forceExit', ...workers, ...args],
      {
        env: environment,
        stdout: 'ignore',
      },
    );
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
  }
  return parseReport(readFileSync(report, 'utf8'));
}

interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Files that failed to load: they count as one failure each, since nobody knows how many tests they hold. */
  readonly numRuntimeErrorTestSuites: number;
}

export function parseReport(text: string): Totals {
  const report = JSON.parse(text) as JestReport;
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
}

export function addTotals(all: readonly Totals[]): Totals {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  };
}
