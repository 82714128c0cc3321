/**
 * Counts the repository's files that take part in six named trips, such as from /proc to the /metrics answer: `npm run trips`.
 *
 * The counting rule: a file counts when code of it runs while one item (a scrape, a sample, an alert, a rule, a panel) makes the
 * trip. A trip in trips.json has:
 * - `item`: which one, so that it is clear what runs for it.
 * - `way`: the functions in the order in which the item meets them, as `file#function`. Any function, class, method or
 *   constant of the file, at any depth, has a name. The count is the number of distinct files of the way. An entry
 *   `{ "handover": "<by what>" }` separates two functions that no import connects: HTTP, a file, a database.
 * - `aside`: files that those of the way import and that do not count, each with a reason out of `asideReasons`. A path that
 *   ends in `/` is a folder.
 *
 * A person keeps the way honest: a function that a listed one calls on this trip belongs on the list, also when it is passed in.
 * The script verifies that
 * - each function exists in its file;
 * - neighbours of the way are in one file, or connected by imports in either direction, type-only ones included, over files of
 *   the way and files that are aside as `assembly`;
 * - every file that a file of the way imports a value from is on the way or aside, and every aside is such a file.
 *
 * The script exits with 1 when a list does not hold. A count above the wanted one is printed and is no error.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Edge, ImportGraph } from './check/tree/import-graph.ts';
import { readRepository } from './check/tree/repository.ts';
import type { Source } from './check/tree/source.ts';

/** Reasons why a file that is imported does not count. */
const asideReasons = {
  assembly: 'runs when the program starts and connects the parts',
  types: 'imported for a class, a symbol or a schema that serves as a type',
  constants: 'holds values, no code that runs on the trip',
  logging: 'writes the log',
  metrics: "counts for the program's own metrics",
  'other case': 'runs for another kind of item, or when something fails',
} as const;

type AsideReason = keyof typeof asideReasons;

const stepSchema = z.union([
  z.string().regex(/^[^#\s]+#[^#\s]+$/, 'expected file#function'),
  z.strictObject({ handover: z.string().min(1) }),
]);

const tripSchema = z.strictObject({
  name: z.string(),
  item: z.string(),
  wanted: z.int().positive(),
  way: z.array(stepSchema),
  aside: z.record(z.string(), z.enum(Object.keys(asideReasons) as [AsideReason, ...AsideReason[]])),
});

export type Trip = z.infer<typeof tripSchema>;

/** Parses the text of trips.json; throws with every problem in it. */
export function parseTrips(text: string): Trip[] {
  const parsed = z.strictObject({ trips: z.array(tripSchema).min(1) }).safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`trips.json: ${z.prettifyError(parsed.error)}`);
  return parsed.data.trips;
}

export interface Walk {
  /** Distinct files of the way, in its order. */
  readonly files: readonly string[];
  /** Parts of the list that do not hold; empty for a list that may be counted. */
  readonly problems: readonly string[];
}

export interface Tree {
  sources(): ReadonlyMap<string, Source>;
  graph(): ImportGraph;
}

/** Verifies a trip's list against the tree and returns its files. */
export function walkTrip({ way, aside }: Pick<Trip, 'way' | 'aside'>, tree: Tree): Walk {
  const steps = way.map((step) => (typeof step === 'string' ? parseStep(step) : undefined));
  const files = [...new Set(steps.flatMap((step) => step?.file ?? []))];
  const sources = tree.sources();
  const problems: string[] = [];
  for (const step of steps) {
    if (step === undefined) continue;
    const source = sources.get(step.file);
    if (source === undefined) problems.push(`${step.file} does not exist`);
    else if (!source.names.has(step.name)) problems.push(`${step.file} has no ${step.name}`);
  }
  const reasonOf = (file: string) => aside[file] ?? aside[folderEntry(aside, file) ?? ''];
  const mayPass = (file: string) => files.includes(file) || reasonOf(file) === 'assembly';
  const neighbours = undirected(tree.graph());
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (step === undefined || next === undefined || step.file === next.file) continue;
    if (!isConnected(neighbours, step.file, next.file, mayPass))
      problems.push(`no import connects ${step.file}#${step.name} and ${next.file}#${next.name}`);
  }
  problems.push(...undeclaredImports(files, aside, tree.graph()));
  return { files, problems: [...new Set(problems)] };
}

function undeclaredImports(files: readonly string[], aside: Trip['aside'], graph: ImportGraph): string[] {
  const problems: string[] = [];
  const used = new Set<string>();
  for (const file of files) {
    for (const { to, line, typeOnly } of graph.get(file) ?? []) {
      const entry = to in aside ? to : folderEntry(aside, to);
      if (entry !== undefined && files.includes(to)) problems.push(`${to} is on the way and aside`);
      if (entry !== undefined) used.add(entry);
      else if (!typeOnly && !files.includes(to)) problems.push(`${file}:${line} imports ${to}: on the way, or aside?`);
    }
  }
  // An assembly file imports the files of the way and need not be imported by one.
  for (const [entry, reason] of Object.entries(aside)) {
    const isAssembly = reason === 'assembly' && graph.get(entry)?.some(({ to }) => files.includes(to));
    if (!used.has(entry) && !isAssembly) problems.push(`aside ${entry}: no file of the way imports it`);
  }
  return problems;
}

function parseStep(step: string): { readonly file: string; readonly name: string } {
  const [file = '', name = ''] = step.split('#');
  return { file, name };
}

function folderEntry(aside: Trip['aside'], file: string): string | undefined {
  return Object.keys(aside).find((entry) => entry.endsWith('/') && file.startsWith(entry));
}

function undirected(graph: ImportGraph): ReadonlyMap<string, ReadonlySet<string>> {
  const neighbours = new Map<string, Set<string>>([...graph.keys()].map((file) => [file, new Set()]));
  for (const { from, to } of [...graph.values()].flat() satisfies Edge[]) {
    neighbours.get(from)?.add(to);
    neighbours.get(to)?.add(from);
  }
  return neighbours;
}

function isConnected(
  neighbours: ReadonlyMap<string, ReadonlySet<string>>,
  from: string,
  to: string,
  mayPass: (file: string) => boolean,
): boolean {
  const reached = new Set([from]);
  for (const file of reached) {
    if (file === to) return true;
    for (const next of neighbours.get(file) ?? []) if (mayPass(next)) reached.add(next);
  }
  return false;
}

interface TripRow {
  readonly trip: Trip;
  readonly walk: Walk;
  /** Lines of all files of the walk. */
  readonly lines: number;
}

/** Returns the table that `npm run trips` prints; a trip without a way has no count yet. */
export function renderTrips(rows: readonly TripRow[]): string {
  const cells = [
    ['trip', 'today', 'wanted', 'lines'],
    ...rows.map(({ trip, walk, lines }) => [
      trip.name,
      walk.files.length === 0 ? '-' : String(walk.files.length),
      String(trip.wanted),
      String(lines),
    ]),
  ];
  const width = Math.max(...cells.map(([name = '']) => name.length));
  return cells
    .map(
      ([name = '', today = '', wanted = '', lines = '']) =>
        `${name.padEnd(width)}  ${today.padStart(5)}  ${wanted.padStart(6)}  ${lines.padStart(5)}\n`,
    )
    .join('');
}

function linesOf(path: string): number {
  return readFileSync(path, 'utf8').split('\n').length - 1;
}

/** With `--files`, prints the files of each trip as well. */
function main(args: readonly string[]): void {
  const root = join(import.meta.dirname, '..');
  const tree = readRepository(root);
  const trips = parseTrips(readFileSync(join(root, 'scripts', 'trips.json'), 'utf8'));
  const rows = trips.map((trip) => {
    const walk = walkTrip(trip, tree);
    return { trip, walk, lines: walk.files.reduce((sum, file) => sum + linesOf(join(root, file)), 0) };
  });
  process.stdout.write(renderTrips(rows));
  for (const { trip, walk } of rows) {
    if (args.includes('--files'))
      process.stdout.write(`\n${trip.name}\n${walk.files.map((file) => `  ${file}\n`).join('')}`);
    for (const problem of walk.problems) process.stderr.write(`${trip.name}: ${problem}\n`);
    if (walk.problems.length > 0) process.exitCode = 1;
  }
}

if (import.meta.main) main(process.argv.slice(2));
