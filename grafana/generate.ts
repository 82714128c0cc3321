/** Writes grafana/dashboards/; with `--check` writes nothing and exits 1, naming each that is stale. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated.ts';

function main(args: readonly string[]): number {
  const unknown = args.filter((argument) => argument !== '--check');
  if (unknown.length > 0) {
    process.stderr.write(`generate: expected --check or nothing, got ${unknown.join(' ')}\n`);
    return 2;
  }
  const root = repositoryRoot(import.meta.dirname);
  const stale = generatedFiles().filter(({ path, text }) => readIfPresent(join(root, path)) !== text);
  if (!args.includes('--check')) {
    for (const { path, text } of stale) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      process.stdout.write(`wrote ${path}\n`);
    }
    return 0;
  }
  for (const { path } of stale) process.stderr.write(`${path} is stale: run npm run generate\n`);
  return stale.length === 0 ? 0 : 1;
}

/** The sources' own directory or, when compiled, the one above dist/. */
function repositoryRoot(start: string): string {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory;
    if (directory === dirname(directory))
      throw new Error(`no package.json above ${start}: run it inside the repository`);
  }
}

function readIfPresent(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

process.exitCode = main(process.argv.slice(2));
