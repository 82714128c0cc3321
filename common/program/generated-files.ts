/** Writes the files of the repository that are generated from code, or checks that they are current. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from './package.ts';

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/**
 * Writes every stale file and prints its path. With `--check`, prints the stale files and writes nothing. Returns the exit
 * code: 1 when `--check` found a stale file, 2 for an unknown argument.
 */
export function generate(files: readonly GeneratedFile[], args: readonly string[]): number {
  const unknown = args.filter((argument) => argument !== '--check');
  if (unknown.length > 0) {
    process.stderr.write(`generate: expected --check or nothing, got ${unknown.join(' ')}\n`);
    return 2;
  }
  const root = packageRoot();
  const stale = files.filter(({ path, text }) => tryRead(join(root, path)) !== text);
  if (args.includes('--check')) {
    for (const { path } of stale) process.stderr.write(`${path} is stale: run npm run generate\n`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, text } of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stdout.write(`wrote ${path}\n`);
  }
  return 0;
}

function tryRead(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
