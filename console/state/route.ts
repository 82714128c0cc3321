/** Matches addresses with patterns such as `/d/:uid`, and changes their parameters. */

type RouteParameters = Readonly<Record<string, string>>;

/** Returns the decoded parameters. Undefined if the path does not match. */
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
    return undefined; // invalid percent-encoding: no address of the page
  }
}

export interface ViewProps {
  /** Parameters of the route's pattern. */
  readonly parameters: RouteParameters;
}

/** Values by parameter. Undefined removes the parameter. */
export type QueryChanges = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Sets the given parameters and keeps the others. */
export function withParameters(query: URLSearchParams, changes: QueryChanges): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [name, values = []] of Object.entries(changes)) {
    next.delete(name);
    for (const value of [values].flat()) next.append(name, value);
  }
  return next;
}
