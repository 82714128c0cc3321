/** Addresses as patterns: `/d/:uid`. */

export type RouteParameters = Readonly<Record<string, string>>;

/** The parameters where the path has the pattern's form, decoded; undefined where it has not. */
export function tryMatch(pattern: string, path: string): RouteParameters | undefined {
  const [wanted, given] = [segments(pattern), segments(path)];
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, name] of wanted.entries()) {
    const text = tryDecode(given[index] as string);
    if (text === undefined) return undefined;
    if (name.startsWith(':')) parameters[name.slice(1)] = text;
    else if (name !== text) return undefined;
  }
  return parameters;
}

function segments(path: string): readonly string[] {
  return path.split('/').filter((each) => each !== '');
}

function tryDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a lone %: nothing of ours
  }
}

export interface ViewProps {
  /** What the address' pattern named, and the query beside it in `useServices().navigation.address`. */
  readonly parameters: RouteParameters;
}
