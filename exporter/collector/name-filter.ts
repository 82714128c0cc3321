/** Which devices, mount points or file system types a collector shows: an include or an exclude expression, never both. */
import type { CollectorFlag } from './collector.ts';
import { checkGoRegexp, compileGoRegexp } from './go-regexp.ts';

/** True for a name that is shown. */
export type NameFilter = (name: string) => boolean;

export interface NameFilterFlags {
  readonly collector: string;
  /** Flag names, without `--collector.<collector>.`. */
  readonly include: string;
  readonly exclude: string;
  /** What is excluded unless an include expression is given. */
  readonly defaultExclude?: string;
  /** Deprecated spellings, still obeyed. */
  readonly oldInclude?: string;
  readonly oldExclude?: string;
}

/** The flags for `names` (as in "Regexp of net devices"), as node_exporter declares them. */
export function nameFilterFlags(names: string, spec: NameFilterFlags): CollectorFlag[] {
  const flag = (name: string, verb: string, other: string): CollectorFlag => ({
    name,
    help: `Regexp of ${names} to ${verb} (mutually exclusive to ${other}).`,
    check: checkGoRegexp,
  });
  const hidden = (name: string | undefined, instead: string): CollectorFlag[] =>
    name === undefined ? [] : [{ name, help: `DEPRECATED: use ${instead}`, isHidden: true, check: checkGoRegexp }];
  const exclude = flag(spec.exclude, 'exclude', spec.include);
  return [
    spec.defaultExclude === undefined ? exclude : { ...exclude, default: spec.defaultExclude },
    flag(spec.include, 'include', spec.exclude),
    ...hidden(spec.oldExclude, spec.exclude),
    ...hidden(spec.oldInclude, spec.include),
  ];
}

/** Throws when two flags contradict each other. An empty expression is as good as none. */
export function compileNameFilter(flags: Readonly<Record<string, string>>, spec: NameFilterFlags): NameFilter {
  const include = pick(flags, spec.collector, [spec.include, spec.oldInclude], undefined);
  const exclude = pick(flags, spec.collector, [spec.exclude, spec.oldExclude], spec.defaultExclude);
  if (include !== undefined) {
    if (exclude !== undefined && exclude !== spec.defaultExclude)
      throw exclusive(spec.collector, spec.exclude, spec.include);
    const pattern = compileGoRegexp(include);
    return (name) => pattern.test(name);
  }
  if (exclude === undefined) return () => true;
  const pattern = compileGoRegexp(exclude);
  return (name) => !pattern.test(name);
}

/** The value of a flag or of its deprecated spelling; a flag that holds its default counts as not given. */
function pick(
  flags: Readonly<Record<string, string>>,
  collector: string,
  [name, oldName]: readonly [string, string | undefined],
  defaultValue: string | undefined,
): string | undefined {
  const value = given(flags[name]);
  const oldValue = oldName === undefined ? undefined : given(flags[oldName]);
  if (oldName === undefined || oldValue === undefined) return value;
  if (value !== undefined && value !== defaultValue) throw exclusive(collector, oldName, name);
  return oldValue;
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function exclusive(collector: string, one: string, other: string): Error {
  return new Error(`--collector.${collector}.${one} and --collector.${collector}.${other} are mutually exclusive`);
}
