/** Builds a program's configuration from flags, environment, file and defaults, and reports every problem at once. */
import { readFileSync } from 'node:fs';
import { didYouMean } from './nearest-name.ts';
import { Secret } from './secret.ts';
import type { Fault } from './setting-type.ts';
import { describeType, describeValue } from './setting-type.ts';
import { type ConfigOf, environmentName, type Setting, type Settings } from './settings.ts';

/** A fault of the configuration: where, what was expected, what was found. */
export interface Problem {
  /** A flag, an environment variable, or `file:line: path`. */
  readonly place: string;
  readonly expected: string;
  readonly got: string;
}

/** All problems of a configuration. The program exits with code 2. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(renderProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

function renderProblem({ place, expected, got }: Problem): string {
  return got === 'nothing'
    ? `${place}: is missing; expected ${expected}`
    : `${place}: expected ${expected}, got ${got}`;
}

/** A parsed config file. */
export interface ConfigSource {
  readonly root: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  /** Paths whose text names an unset environment variable: already reported in `problems`, so other faults there are dropped. */
  readonly unresolved?: readonly Path[];
  /** Returns `file:line` of a path. */
  placeOf(path: Path): string;
}

type Path = readonly (string | number)[];

export interface ConfigLayers {
  readonly program: string;
  /** Values by flag name, as parsed by commander; only flags that were given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: ConfigSource;
}

/** A raw value and its place. */
interface Given {
  readonly raw: unknown;
  readonly place: (path: Fault['path']) => string;
  readonly isUnresolved?: (path: Fault['path']) => boolean;
}

/** Returns the checked configuration. Throws a `ConfigError` with every invalid value, missing value and unknown key. */
export function loadConfig<S extends Settings>(settings: S, layers: ConfigLayers): ConfigOf<S> {
  const problems: Problem[] = [...(layers.file?.problems ?? [])];
  if (layers.file !== undefined) problems.push(...unknownKeys(settings, layers.file));
  const config: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(settings)) {
    const given = tryGiven(each, layers, problems);
    if (given === undefined) {
      if (each.isRequired) problems.push(missing(each, layers));
      config[name] = each.defaultValue;
      continue;
    }
    const parsed = each.parse(given.raw);
    if ('value' in parsed) config[name] = parsed.value;
    else
      for (const { path, expected, got } of parsed.faults)
        if (given.isUnresolved?.(path) !== true) problems.push({ place: given.place(path), expected, got });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config as ConfigOf<S>;
}

function tryGiven(each: Setting<unknown>, layers: ConfigLayers, problems: Problem[]): Given | undefined {
  const own = tryLayers(each.path, each.flag, layers);
  if (!each.isSecret || own !== undefined) return own;
  const twin = tryLayers(`${each.path}_file`, each.flag === null ? null : `${each.flag}-file`, layers);
  if (twin === undefined) return undefined;
  try {
    const raw = readFileSync(String(twin.raw), 'utf8').trim();
    if (raw !== '') return { raw, place: twin.place };
    problems.push({
      place: twin.place([]),
      expected: 'a file that holds the secret',
      got: `the empty file ${String(twin.raw)}`,
    });
    return { raw: 'empty', place: twin.place };
  } catch (cause) {
    const got = Error.isError(cause) ? cause.message : String(cause);
    problems.push({ place: twin.place([]), expected: 'a readable file that holds the secret', got });
    // Any text avoids a second problem ("is missing"); the problem above makes loadConfig throw.
    return { raw: 'unreadable', place: twin.place };
  }
}

function tryLayers(
  path: string,
  flag: string | null,
  { program, flags, environment, file }: ConfigLayers,
): Given | undefined {
  if (flag !== null && flags[flag] !== undefined) return { raw: flags[flag], place: () => `--${flag}` };
  const variable = environmentName(program, path);
  if (environment[variable] !== undefined) return { raw: environment[variable], place: () => variable };
  if (file === undefined) return undefined;
  const steps = path.split('.');
  const raw = valueAt(file.root, steps);
  if (raw === undefined) return undefined;
  const unresolved = new Set(file.unresolved?.map(renderPath));
  return {
    raw,
    place: (inner) => `${file.placeOf([...steps, ...inner])}: ${renderPath([...steps, ...inner])}`,
    isUnresolved: (inner) => unresolved.has(renderPath([...steps, ...inner])),
  };
}

function valueAt(root: unknown, steps: readonly string[]): unknown {
  let value = root;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value ?? undefined;
}

function missing({ path, flag, help, isSecret }: Setting<unknown>, { program }: ConfigLayers): Problem {
  const ways = [`${path} in the config file`, environmentName(program, path)];
  if (flag !== null) ways.unshift(isSecret ? `--${flag}-file` : `--${flag}`);
  return { place: path, expected: `${help} (give ${ways.join(', ')})`, got: 'nothing' };
}

function unknownKeys(settings: Settings, file: ConfigSource): Problem[] {
  const known = new Set<string>();
  const secrets: string[] = [];
  for (const { path, isSecret } of Object.values(settings)) {
    known.add(path);
    if (isSecret) known.add(`${path}_file`);
    if (isSecret) secrets.push(path);
  }
  const problems: Problem[] = [];
  const walk = (value: unknown, steps: readonly string[]): void => {
    const path = steps.join('.');
    if (known.has(path)) return;
    const below = [...known].filter((each) => path === '' || each.startsWith(`${path}.`));
    const place = `${file.placeOf(steps)}: ${path}`;
    const parent = `${steps.slice(0, -1).join('.')}.`;
    if (below.length === 0 && value === null && secrets.some((each) => each.startsWith(parent))) {
      // The rest of a secret: YAML splits `{token: a,b}` at the comma.
      const shown = `${file.placeOf(steps)}: ${parent.slice(0, -1)}`;
      problems.push({ place: shown, expected: `a known key${suggest(known, path)}`, got: 'a key without a value' });
    } else if (below.length === 0) {
      const hint = suggestKey(known, steps);
      problems.push({ place, expected: `a known key${suggest(known, path)}`, got: `"${steps.at(-1)}"${hint}` });
    } else if (value === null) {
      return;
    } else if (typeof value !== 'object' || Array.isArray(value)) {
      problems.push({
        place,
        expected: `a map with ${below.map((each) => each.slice(path.length + 1)).join(', ')}`,
        got: secrets.some((each) => each.startsWith(`${path}.`)) ? describeType(value) : describeValue(value),
      });
    } else {
      for (const [key, inner] of Object.entries(value as object)) walk(inner, [...steps, key]);
    }
  };
  walk(file.root, []);
  return problems;
}

function suggest(known: ReadonlySet<string>, path: string): string {
  const siblings = siblingsOf(known, path);
  return siblings.length === 0 ? '' : ` (${siblings.join(', ')})`;
}

/** Returns the known keys of the same map, sorted. */
function siblingsOf(known: ReadonlySet<string>, path: string): readonly string[] {
  const parent = path.includes('.') ? path.slice(0, path.lastIndexOf('.') + 1) : '';
  const siblings = [...known]
    .filter((each) => each.startsWith(parent))
    .map((each) => each.slice(parent.length).split('.')[0] ?? '');
  return [...new Set(siblings)].sort();
}

/** Suggests a key of the same map, else the paths at which the key is known: it may be in the wrong map. */
function suggestKey(known: ReadonlySet<string>, steps: readonly string[]): string {
  const key = steps.at(-1) ?? '';
  const elsewhere = [...known].filter((each) => each.split('.').at(-1) === key);
  const near = didYouMean(key, siblingsOf(known, steps.join('.')));
  return near !== '' || elsewhere.length === 0 ? near : `; did you mean "${elsewhere.join('" or "')}"?`;
}

export function renderPath(path: readonly (string | number)[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** Returns the effective configuration as a YAML tree, secrets masked. */
export function printableConfig<S extends Settings>(settings: S, config: ConfigOf<S>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(settings)) {
    const value = config[name];
    if (value === undefined) continue;
    const steps = each.path.split('.');
    let parent = root;
    for (const step of steps.slice(0, -1)) parent = (parent[step] ??= {}) as Record<string, unknown>;
    parent[steps.at(-1) as string] = value instanceof Secret ? String(value) : each.print(value);
  }
  return root;
}
