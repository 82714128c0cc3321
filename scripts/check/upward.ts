/** Imports follow the order of the tree (layers.ts): programs do not import each other, and no layer imports one above. */
import type { Finding } from './finding.ts';
import { folderImports, type Layers, programLayers } from './layers.ts';
import { topFolder } from './layout.ts';
import type { ImportGraph } from './tree/import-graph.ts';

/** Reports imports of a top folder that `allowed` does not list for the importing one, and top folders that it does not name. */
export function findForeignImports(graph: ImportGraph, allowed = folderImports): Finding[] {
  const findings: Finding[] = [];
  const unknown = new Set<string>();
  for (const [path, edges] of graph) {
    const folder = topFolder(path);
    if (folder === '' || folder === 'test') continue;
    const targets = allowed[folder];
    if (targets === undefined) {
      if (!unknown.has(folder))
        findings.push({ path: folder, line: 1, message: 'layers.ts does not say what the folder may import' });
      unknown.add(folder);
      continue;
    }
    for (const { from, to, line } of edges) {
      if (topFolder(to) === folder || targets.includes(topFolder(to))) continue;
      const choice = ['itself', ...targets.map((target) => `${target}/`)].join(', ');
      findings.push({ path: from, line, message: `imports ${to}: ${folder}/ imports only ${choice}` });
    }
  }
  return findings;
}

/** Reports imports of a higher layer within a program, files and folders without a layer, and entries of the table that match no file. */
export function findUpwardImports(
  graph: ImportGraph,
  programs: Readonly<Record<string, Layers>> = programLayers,
): Finding[] {
  return Object.entries(programs).flatMap(([program, layers]) => upwardImportsOf(program, layers, graph));
}

function upwardImportsOf(program: string, layers: Layers, graph: ImportGraph): Finding[] {
  const findings: Finding[] = [];
  const files = [...graph.keys()].filter((path) => path.startsWith(`${program}/`));
  const places = new Map(files.map((path) => [path, placeOf(path.slice(program.length + 1), layers)]));
  const named = new Set([...places.values()].map((place) => place?.entry));
  const absent = layers.flat().filter((entry) => !named.has(entry));
  for (const entry of absent)
    findings.push({ path: program, line: 1, message: `layers.ts names "${entry}", which holds no file` });
  const unplaced = files.filter((path) => places.get(path) === undefined);
  const rooms = new Set(unplaced.map((path) => path.split('/', path.split('/').length > 2 ? 2 : undefined).join('/')));
  for (const path of rooms) findings.push({ path, line: 1, message: `has no layer in the table of ${program}/` });
  for (const path of files) {
    const above = places.get(path);
    for (const { to, line } of graph.get(path) ?? []) {
      const below = places.get(to);
      if (above === undefined || below === undefined || below.layer >= above.layer) continue;
      const message = `imports ${to}: "${below.entry}" is a layer above "${above.entry}"`;
      findings.push({ path, line, message });
    }
  }
  return findings;
}

interface Place {
  readonly layer: number;
  readonly entry: string;
}

/** Returns the layer of a path relative to its program; layers count from 0 at the top. */
function placeOf(path: string, layers: Layers): Place | undefined {
  let place: Place | undefined;
  for (const [layer, entries] of layers.entries()) {
    for (const entry of entries) {
      const matches = entry.endsWith('/') ? path.startsWith(entry) : path === entry;
      if (matches && entry.length > (place?.entry.length ?? 0)) place = { layer, entry };
    }
  }
  return place;
}
