/** Filters devices, mount points and file system types by an include or an exclude expression; both together are an error. */
import type { CollectorFlag } from './collector.ts';
import { checkGoRegexp, compileGoRegexp } from './go-regexp.ts';

/** Returns true when the collector shows the name. */
export type NameFilter = (name: string) => boolean;

export interface NameFilterFlags {
  readonly collector: string;
  /** Flag names, without `--collector.<collector>.`. */
  readonly include: string;
  readonly exclude: string;
  /** Applies unless an include expression is given. */
  readonly defaultExclude?: string;
  /** Deprecated names of the flags, which still work. */
  readonly oldInclude?: string;
  readonly oldExclude?: string;
}

/** Returns the flags that node_exporter declares for `names`, as in "Regexp of net devices". */
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

/** Throws when both flags are given. An empty expression counts as not given. */
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

/** Returns the value of a flag or of its deprecated name. Throws when both are given; the default counts as not given. */
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
