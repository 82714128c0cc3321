/** Reads the files of the repository for the checks, and parses each source file once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createImportGraph, type ImportGraph } from './import-graph.ts';
import { parseSource, type Source } from './source.ts';

export interface Repository {
  /** Sorted, relative to the root, with `/` on every system. */
  readonly files: readonly string[];
  read(path: string): string;
  /** Every source file parsed. */
  sources(): ReadonlyMap<string, Source>;
  graph(): ImportGraph;
}

/** Folders that git ignores, and the data of test cases. */
const skippedFolders = /^(?:(?:.*\/)?node_modules|\.git|\.cache|dist|dist\.new|data|coverage|bench\/data|test\/cases)$/;

export function isSourceFile(path: string): boolean {
  return /\.(?:ts|tsx|mjs|cjs|js)$/.test(path);
}

/** Reads a checkout. Walks the folders rather than asking git, so that an unpacked archive works too. Symbolic links are left out. */
export function readRepository(root: string): Repository {
  const files: string[] = [];
  const folders = [''];
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !skippedFolders.test(path)) folders.push(path);
      if (entry.isFile()) files.push(path);
    }
  }
  return createRepository(files, (path) => readFileSync(join(root, path), 'utf8'));
}

/** Files are read and parsed on the first call that needs them. */
export function createRepository(files: readonly string[], read: (path: string) => string): Repository {
  const sorted = files.toSorted();
  let sources: ReadonlyMap<string, Source> | undefined;
  let graph: ImportGraph | undefined;
  const repository: Repository = {
    files: sorted,
    read,
    sources() {
      sources ??= new Map(sorted.filter(isSourceFile).map((path) => [path, parseSource(path, read(path))]));
      return sources;
    },
    graph() {
      graph ??= createImportGraph(repository.sources());
      return graph;
    },
  };
  return repository;
}
