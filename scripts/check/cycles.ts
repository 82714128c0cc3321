/** Reports import cycles among the files of the repository, and among the folders of one program. */
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { topFolder } from './layout.ts';
import type { Edge, ImportGraph } from './tree/import-graph.ts';

/** Files that put a program together from the folders below: such an import does not make the folder depend on its parts. */
const compositionFiles = /(?:^|\/)(?:main|runtime|server|pipeline)\.tsx?$/;

/** Reports the shortest cycle of every group of files that import each other, type-only imports included. */
export function findFileCycles(graph: ImportGraph): Finding[] {
  return findCycles(graph).map(({ steps, groupSize }) => toFinding(steps, groupSize, 'import cycle'));
}

/**
 * Reports the shortest cycle of every group of folders of a program that import each other. Every folder counts by itself.
 * Imports that `compositionFiles` make of the folders below their own are left out.
 */
export function findFolderCycles(graph: ImportGraph): Finding[] {
  const folders = new Map<string, FolderEdge[]>();
  for (const edge of [...graph.values()].flat()) {
    const [from, to] = [posix.dirname(edge.from), posix.dirname(edge.to)];
    if (from === to || topFolder(edge.from) !== topFolder(edge.to)) continue;
    if (topFolder(edge.from) === '' || topFolder(edge.from) === 'test') continue;
    if (compositionFiles.test(edge.from) && to.startsWith(`${from}/`)) continue;
    folders.set(from, [...(folders.get(from) ?? []), { from, to, edge }]);
    if (!folders.has(to)) folders.set(to, []);
  }
  return findCycles(folders).map(({ steps, groupSize }) => {
    const route = [...steps, ...steps.slice(0, 1)].map(({ from }) => `${from}/`).join(' -> ');
    const edges = steps.map(({ edge }) => edge);
    return toFinding(edges, groupSize, `folder cycle ${route}`);
  });
}

/** A file's import of a file in another folder. */
interface FolderEdge extends Link {
  readonly edge: Edge;
}

function toFinding(cycle: readonly Edge[], groupSize: number, title: string): Finding {
  const { from: path, line } = cycle[0] as Edge;
  const steps = cycle.map((edge) => `${edge.from}:${edge.line} imports ${edge.to}`).join(', ');
  const rest = groupSize > cycle.length ? `; ${groupSize} import each other by way of others` : '';
  return { path, line, message: `${title}: ${steps}${rest}` };
}

interface Link {
  readonly from: string;
  readonly to: string;
}

interface Cycle<L extends Link> {
  readonly steps: readonly L[];
  /** Nodes that reach each other, those of the cycle included. */
  readonly groupSize: number;
}

/** Returns one shortest cycle for every group of nodes that reach each other. */
function findCycles<L extends Link>(graph: ReadonlyMap<string, readonly L[]>): Cycle<L>[] {
  const cycles: Cycle<L>[] = [];
  const reached = new Map([...graph.keys()].map((node) => [node, new Set(arrivalsFrom(graph, node).keys())]));
  const grouped = new Set<string>();
  for (const [node, own] of reached) {
    if (grouped.has(node) || !own.has(node)) continue;
    const group = [...graph.keys()].filter((other) => own.has(other) && reached.get(other)?.has(node));
    for (const member of group) grouped.add(member);
    const [shortest = []] = group.map((start) => shortestCycle(graph, start)).toSorted((a, b) => a.length - b.length);
    cycles.push({ steps: shortest, groupSize: group.length });
  }
  return cycles;
}

function shortestCycle<L extends Link>(graph: ReadonlyMap<string, readonly L[]>, start: string): L[] {
  const arrivals = arrivalsFrom(graph, start);
  const cycle: L[] = [];
  let link = arrivals.get(start);
  while (link !== undefined) {
    cycle.unshift(link);
    link = link.from === start ? undefined : arrivals.get(link.from);
  }
  return cycle;
}

/** Returns the link by which a breadth-first search from `start` first arrives at each node, `start` included if it comes back. */
function arrivalsFrom<L extends Link>(graph: ReadonlyMap<string, readonly L[]>, start: string): Map<string, L> {
  const arrivals = new Map<string, L>();
  const visited = new Set([start]);
  for (const node of visited) {
    for (const link of graph.get(node) ?? []) {
      if (!arrivals.has(link.to)) arrivals.set(link.to, link);
      visited.add(link.to);
    }
  }
  return arrivals;
}
