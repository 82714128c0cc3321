/** Folders stay small, and common/ holds only what programs share. */
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { type ImportGraph, reachableFiles } from './tree/import-graph.ts';
import { isSourceFile } from './tree/repository.ts';

/** The folders whose parts deploy or run by themselves. A file of common/ is for two of them or more. */
export const programs: readonly string[] = [
  'exporter',
  'ingest-gateway',
  'alert-relay',
  'stack',
  'console',
  'bin',
  'grafana',
  'rules',
];

const roomyFolders: readonly string[] = [...programs, 'common', 'bench', 'scripts'];

export const maxSourcesPerFolder = 12;

/** Folders that are lists: one file an item of the same kind. `path` is the folder, `reason` names the item. */
export interface ListFolder {
  readonly path: string;
  readonly reason: string;
}

export const listFolders: readonly ListFolder[] = [
  { path: 'exporter/collectors', reason: 'one file a collector: the feature list' },
  { path: 'exporter/portable', reason: 'one file a collector of systems without /proc' },
  { path: 'ingest-gateway/api/routes', reason: 'one file a call of the API' },
  { path: 'alert-relay/channels', reason: 'one file a notification channel' },
  { path: 'common/store/migrations', reason: 'one file a migration: the list only grows' },
];

/** Reports folders that hold more than `maxSourcesPerFolder` source files, and exceptions for folders that are gone. */
export function findCrowdedFolders(files: readonly string[], lists: readonly ListFolder[] = listFolders): Finding[] {
  const sizes = new Map<string, number>();
  for (const file of files) {
    if (!isSourceFile(file) || !roomyFolders.includes(topFolder(file))) continue;
    const folder = posix.dirname(file);
    sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
  }
  const findings: Finding[] = [];
  for (const [path, size] of sizes) {
    if (size <= maxSourcesPerFolder || lists.some((list) => list.path === path)) continue;
    findings.push({ path, line: 1, message: `the folder holds ${size} source files, at most ${maxSourcesPerFolder}` });
  }
  for (const { path } of lists) {
    if (sizes.has(path)) continue;
    findings.push({ path, line: 1, message: 'an exception names this folder, which holds no source file' });
  }
  return findings;
}

/** Reports files of common/ that fewer than two programs use. A file that another file of common/ imports has that file's users too. */
export function findSingleUserFiles(graph: ImportGraph): Finding[] {
  const users = new Map<string, string[]>();
  for (const program of programs) {
    const imported = [...graph].flatMap(([file, edges]) =>
      topFolder(file) === program ? edges.map(({ to }) => to).filter(isCommon) : [],
    );
    for (const file of reachableFiles(graph, imported, ({ to }) => isCommon(to)))
      users.set(file, [...(users.get(file) ?? []), program]);
  }
  const findings: Finding[] = [];
  for (const path of graph.keys()) {
    if (!isCommon(path)) continue;
    const [only, second] = users.get(path) ?? [];
    if (second !== undefined) continue;
    const message = only === undefined ? 'no program uses this file' : `only ${only}/ uses this file: it belongs there`;
    findings.push({ path, line: 1, message });
  }
  return findings;
}

/** Returns the first folder of a path, or '' for a file of the root. */
export function topFolder(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

function isCommon(path: string): boolean {
  return topFolder(path) === 'common';
}
