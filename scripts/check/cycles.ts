/** No import cycles: among files in the whole repository, and among the folders of one program. */
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { topFolder } from './layout.ts';
import type { Edge, ImportGraph } from './tree/import-graph.ts';

/** Files that put a program together from the folders below: such an import does not make the folder depend on its parts. */
const compositionFiles = /(?:^|\/)(?:main|runtime|server|pipeline)\.tsx?$/;

/** Reports the shortest cycle of every group of files that import each other, type-only imports included. */
export function findFileCycles(graph: ImportGraph): Finding[] {
  return findCycles(graph).map(({ edges, groupSize }) => {
    const steps = edges.map(({ from, line, to }) => `${from}:${line} imports ${to}`);
    return toFinding(edges, `import cycle: ${steps.join(', ')}${restOfGroup(edges, groupSize)}`);
  });
}

/**
 * Reports the shortest cycle of every group of folders of a program that import each other. Every folder counts by itself.
 * Imports that `compositionFiles` make of the folders below their own are left out.
 */
export function findFolderCycles(graph: ImportGraph): Finding[] {
  const folders = new Map<string, Edge[]>();
  for (const edges of graph.values()) {
    for (const edge of edges) {
      const [from, to] = [folderOf(edge.from), folderOf(edge.to)];
      if (from === to || topFolder(edge.from) !== topFolder(edge.to)) continue;
      if (topFolder(edge.from) === '' || topFolder(edge.from) === 'test') continue;
      if (compositionFiles.test(edge.from) && to.startsWith(`${from}/`)) continue;
      folders.set(from, [...(folders.get(from) ?? []), edge]);
      if (!folders.has(to)) folders.set(to, []);
    }
  }
  return findCycles(folders, folderOf).map(({ edges, groupSize }) => {
    const route = [...edges, ...edges.slice(0, 1)].map(({ from }) => `${folderOf(from)}/`).join(' -> ');
    const steps = edges.map(({ from, line, to }) => `${from}:${line} imports ${to}`);
    return toFinding(edges, `folder cycle ${route}: ${steps.join(', ')}${restOfGroup(edges, groupSize)}`);
  });
}

function folderOf(path: string): string {
  return posix.dirname(path);
}

function toFinding(cycle: readonly Edge[], message: string): Finding {
  const { from, line } = cycle[0] as Edge;
  return { path: from, line, message };
}

function restOfGroup(cycle: readonly Edge[], groupSize: number): string {
  return groupSize > cycle.length ? `; ${groupSize} import each other by way of others` : '';
}

interface Cycle {
  readonly edges: readonly Edge[];
  /** Nodes that reach each other, those of the cycle included. */
  readonly groupSize: number;
}

/** Returns one shortest cycle for every strongly connected group of nodes. `nodeOf` maps a file to its node. */
function findCycles(
  graph: ReadonlyMap<string, readonly Edge[]>,
  nodeOf: (file: string) => string = (file) => file,
): Cycle[] {
  const cycles: Cycle[] = [];
  for (const group of connectedGroups(graph, nodeOf)) {
    let shortest: Edge[] | undefined;
    for (const node of group) {
      const cycle = shortestCycle(graph, nodeOf, node, group);
      if (cycle !== undefined && cycle.length < (shortest?.length ?? Infinity)) shortest = cycle;
    }
    if (shortest !== undefined) cycles.push({ edges: shortest, groupSize: group.size });
  }
  return cycles;
}

/** Breadth first from `start` back to `start`, within `group`. */
function shortestCycle(
  graph: ReadonlyMap<string, readonly Edge[]>,
  nodeOf: (file: string) => string,
  start: string,
  group: ReadonlySet<string>,
): Edge[] | undefined {
  const arrivals = new Map<string, Edge>();
  const visited = new Set([start]);
  for (const node of visited) {
    for (const edge of graph.get(node) ?? []) {
      const next = nodeOf(edge.to);
      if (!group.has(next) || arrivals.has(next)) continue;
      arrivals.set(next, edge);
      visited.add(next);
    }
    if (arrivals.has(start)) break;
  }
  const cycle: Edge[] = [];
  let edge = arrivals.get(start);
  while (edge !== undefined) {
    cycle.unshift(edge);
    const from = nodeOf(edge.from);
    edge = from === start ? undefined : arrivals.get(from);
  }
  return cycle.length === 0 ? undefined : cycle;
}

/** Tarjan's strongly connected components, those of two nodes or more. */
function connectedGroups(graph: ReadonlyMap<string, readonly Edge[]>, nodeOf: (file: string) => string): Set<string>[] {
  const groups: Set<string>[] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const visit = (node: string): void => {
    order.set(node, order.size);
    let low = order.size - 1;
    stack.push(node);
    onStack.add(node);
    for (const { to } of graph.get(node) ?? []) {
      const next = nodeOf(to);
      if (!order.has(next)) {
        visit(next);
        low = Math.min(low, lowest.get(next) ?? low);
      } else if (onStack.has(next)) low = Math.min(low, order.get(next) ?? low);
    }
    lowest.set(node, low);
    if (low !== order.get(node)) return;
    const group = new Set(stack.splice(stack.indexOf(node)));
    for (const member of group) onStack.delete(member);
    if (group.size > 1) groups.push(group);
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return groups;
}
