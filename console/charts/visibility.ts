/** Which series of a chart are shown; undefined: all. */
export type Visibility = ReadonlySet<string> | undefined;

/** After a click on a name in the legend, with Ctrl or without. */
export function toggleSeries(
  shown: Visibility,
  { name, how, all }: { readonly name: string; readonly how: 'isolate' | 'toggle'; readonly all: readonly string[] },
): Visibility {
  if (how === 'isolate') return shown?.size === 1 && shown.has(name) ? undefined : new Set([name]);
  const next = new Set(shown ?? all);
  if (next.has(name)) next.delete(name);
  else next.add(name);
  return all.every((each) => next.has(each)) ? undefined : next;
}
