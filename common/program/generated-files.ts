/** Files of the repository that are made from code: written where they are stale, or only named. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from './package.ts';

export interface GeneratedFile {
  /** In the repository. */
  readonly path: string;
  readonly text: string;
}

/**
 * Writes each file that is stale and says so; with `--check` writes nothing and names each that is. Answers the exit code: 1
 * when `--check` finds a stale one, 2 for other arguments.
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
