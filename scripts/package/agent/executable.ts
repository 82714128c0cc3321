/** Builds the agent as a single executable. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { leanNodeFlags } from '../../../common/program/node-flags.ts';
import { type Platform, readRuntime } from '../npm/runtimes.ts';
import { stripSymbols } from './elf-symbols.ts';
import { removeLanguages } from './icu-data.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * Returns the executable: the stripped runtime of the platform with the module and the flags inside. Runs on the pinned Node of
 * this machine for every platform. Executables for macOS must be signed afterwards, on macOS.
 * Source: https://nodejs.org/api/single-executable-applications.html
 */
export function buildExecutable(platform: Platform, code: string): Buffer {
  const { executable } = readRuntime(platform);
  removeLanguages(executable);
  const parent = join(root, 'data', 'package');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'agent-'));
  try {
    writeFileSync(join(folder, 'runtime'), platform.startsWith('linux') ? stripSymbols(executable) : executable);
    writeFileSync(join(folder, 'agent.mjs'), code);
    const configuration = {
      // Relative paths: the executable records the path of the main module.
      main: 'agent.mjs',
      mainFormat: 'module',
      executable: 'runtime',
      output: 'hostpulse-agent',
      disableExperimentalSEAWarning: true,
      execArgv: [...leanNodeFlags, '--disable-warning=ExperimentalWarning'],
      execArgvExtension: 'env',
      assets: { 'package.json': 'package.json' },
    };
    const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version }));
    writeFileSync(join(folder, 'sea.json'), JSON.stringify(configuration));
    execFileSync(process.execPath, ['--build-sea', 'sea.json'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return readFileSync(join(folder, 'hostpulse-agent'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
