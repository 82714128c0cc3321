/** Builds the graph of imports between the source files of the repository. */
import { posix } from 'node:path';
import type { ImportKind, Source } from './source.ts';

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
  readonly kind: ImportKind;
  readonly typeOnly: boolean;
}

/** Every source file, in the order of the listing, with its imports of other source files. */
export type ImportGraph = ReadonlyMap<string, readonly Edge[]>;

/**
 * Resolves relative specifiers to files of `sources`. Skips packages, files that are not source code (styles, JSON) and specifiers
 * without a file, which tsc reports.
 */
export function createImportGraph(sources: ReadonlyMap<string, Source>): ImportGraph {
  const graph = new Map<string, readonly Edge[]>();
  for (const [from, { imports }] of sources) {
    const edges: Edge[] = [];
    for (const { specifier, ...rest } of imports) {
      const to = resolveSpecifier(from, specifier, (path) => sources.has(path));
      if (to !== undefined && to !== from) edges.push({ from, to, ...rest });
    }
    graph.set(from, edges);
  }
  return graph;
}

/** Returns the path of the file that a relative specifier names. A compiled extension (`.js`, or `*`) finds the TypeScript source. */
export function resolveSpecifier(
  from: string,
  specifier: string,
  isSource: (path: string) => boolean,
): string | undefined {
  if (!/^\.\.?\//.test(specifier)) return undefined;
  const path = posix.join(posix.dirname(from), specifier.replace(/\?.*$/, ''));
  const stem = path.replace(/\.(?:js|\*)$/, '');
  const candidates = stem === path ? [path] : [path, `${stem}.ts`, `${stem}.tsx`];
  return candidates.find(isSource);
}

/** Returns what `start` reaches over edges that `follows` accepts, `start` included. */
export function reachableFiles(
  graph: ImportGraph,
  start: Iterable<string>,
  follows: (edge: Edge) => boolean,
): Set<string> {
  const reached = new Set(start);
  for (const file of reached) {
    for (const edge of graph.get(file) ?? []) if (follows(edge)) reached.add(edge.to);
  }
  return reached;
}
