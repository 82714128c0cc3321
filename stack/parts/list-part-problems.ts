/** Checks the components' own settings files for settings that `up` decides. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../../common/program/child-environment.ts';
import type { Problem } from '../../common/program/settings/config.ts';
import type { PartFile } from './part-settings.ts';

/** Returns the problems of the files that exist. Runs a process if there are any. */
export async function listPartProblems(parts: readonly PartFile[]): Promise<readonly Problem[]> {
  const existing = parts.filter(({ file }) => existsSync(file));
  if (existing.length === 0) return [];
  const script = join(import.meta.dirname, `part-settings-process${extname(import.meta.filename)}`);
  const env = childEnvironment(process.env);
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(existing)], { env });
  return JSON.parse(stdout) as readonly Problem[];
}
