/** Selects cases by name. */

/** Throws for an unknown name. */
export function named<T>(cases: Readonly<Record<string, T>>, name: string): T {
  const found = cases[name];
  if (found === undefined) throw new Error(`no case ${name}`);
  return found;
}
