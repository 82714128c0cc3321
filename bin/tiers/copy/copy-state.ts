/** The progress of a copy in a file, from which an interrupted copy continues. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export interface CopyState {
  /** The copy that the state belongs to: it continues only with the same values. */
  readonly from: string;
  readonly to: string;
  readonly match: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Everything before this time is copied. */
  readonly windowMs: number;
  /** In the window that begins at `windowMs`, names up to this one are copied; empty: none. */
  readonly name: string;
  readonly samples: number;
}

/** Returns undefined if the file does not exist. Throws if it is not such a file. */
export function tryReadState(path: string): CopyState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const state = tryParse(text);
  if (typeof state?.windowMs === 'number' && typeof state.name === 'string') return state as CopyState;
  throw new Error(`${path}: expected the progress of a copy, got another file`);
}

function tryParse(text: string): Partial<CopyState> | null | undefined {
  try {
    return JSON.parse(text) as Partial<CopyState> | null;
  } catch {
    return undefined;
  }
}

/** Replaces the file at once: a crash leaves the earlier state. */
export function writeState(path: string, state: CopyState): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeState(path: string): void {
  rmSync(path, { force: true });
}
