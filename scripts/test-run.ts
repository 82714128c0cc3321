/** Runs jest projects and counts their tests. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandFailed, run } from './run-command.ts';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export type Project = 'unit' | 'e2e' | 'faults';

const environment = { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' };
/** Makes Node keep compiled sources, because tests start programs and threads hundreds of times. Not set for `faults`, which measures memory. */
const compileCache = { NODE_COMPILE_CACHE: resolve('data', 'compile-cache') };
const reports = join('data', 'test-reports');
/** The time that jest has to end after its report. jest ends within a second, unless a test left handles open. */
const endLimitMs = 20_000;

/** Runs the projects side by side and prints the closing line `N passed, N failed`, with `, N skipped` when tests were skipped. */
export async function runProjects(projects: readonly Project[], args: readonly string[]): Promise<void> {
  const totals = await countProjects(projects, args);
  process.stdout.write(`${renderTotals(totals)}\n`);
  if (totals.failed > 0 || totals.passed === 0) process.exitCode = 1;
}

/** Runs the projects side by side and returns the number of their tests. Several runs in one folder do not disturb each other. */
export async function countProjects(projects: readonly Project[], args: readonly string[]): Promise<Totals> {
  mkdirSync(reports, { recursive: true });
  const name = join(reports, projects.join('-'));
  const report = `${name}.${process.pid}.json`;
  const workers = `--maxWorkers=${workersOf(projects)}`;
  const flags = ['--selectProjects', ...projects, '--json', '--outputFile', report, workers, ...args];
  const env = { ...environment, ...(projects.includes('faults') ? {} : compileCache) };
  const exitCode = await runJest(flags, report, env);
  if (!existsSync(report)) return countTests(undefined, exitCode);
  renameSync(report, `${name}.json`);
  return countTests(readFileSync(`${name}.json`, 'utf8'), exitCode);
}

/** Returns the number of workers for two cores. Files of `e2e` mostly wait for programs; files of `faults` need a machine without other load. */
function workersOf(projects: readonly Project[]): number {
  if (projects.includes('faults')) return 1;
  return projects.includes('e2e') ? 3 : 2;
}

/** Returns jest's exit code. Ends jest when it does not end by itself after its report was written. */
async function runJest(flags: readonly string[], report: string, env: Record<string, string>): Promise<number> {
  const hanging = new AbortController();
  let reportedMs: number | undefined;
  const timer = setInterval(() => {
    if (existsSync(report)) reportedMs ??= performance.now();
    if (reportedMs !== undefined && performance.now() - reportedMs > endLimitMs) hanging.abort();
  }, 500);
  try {
    await run('jest', flags, { env, stdout: 'ignore', signal: hanging.signal });
    return 0;
  } catch (error) {
    if (error instanceof CommandFailed) return error.exitCode;
    if (!hanging.signal.aborted) throw error;
    process.stderr.write('jest did not end: a test left handles open (run the file with --detectOpenHandles)\n');
    return 1;
  } finally {
    clearInterval(timer);
  }
}

interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that failed as a whole. The number of their tests is unknown: each counts as one failure. */
  readonly numRuntimeErrorTestSuites: number;
}

/** Counts the tests of a report. An exit code other than 0 is one failure when the report has none or is missing. */
export function countTests(report: string | undefined, exitCode: number): Totals {
  const { passed, failed, skipped } = report === undefined ? { passed: 0, failed: 0, skipped: 0 } : parseReport(report);
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped };
}

function parseReport(text: string): Totals {
  const report = JSON.parse(text) as JestReport;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Returns `12 passed, 0 failed` or `12 passed, 0 failed, 1 skipped`. */
export function renderTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function addTotals(all: readonly Totals[]): Totals {
  const sum = (count: keyof Totals): number => all.reduce((total, each) => total + each[count], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}
