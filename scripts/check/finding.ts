/** Describes a place in the repository that breaks a rule. */
export interface Finding {
  /** Relative to the repository's root, with `/` on every system. */
  readonly path: string;
  /** Counted from 1; 1 when the finding is about the whole file or folder. */
  readonly line: number;
  readonly message: string;
}

export function formatFinding({ path, line, message }: Finding): string {
  return `${path}:${line}: ${message}`;
}

/** Orders findings by path, then by line. */
export function compareFindings(a: Finding, b: Finding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.line - b.line;
}
