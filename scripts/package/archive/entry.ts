/** Describes the files of an archive. */

export interface Entry {
  /** Relative, with `/`. A directory ends in `/`. */
  readonly path: string;
  /** Permissions, such as 0o644. */
  readonly mode: number;
  /** Absent for directories and links. */
  readonly content?: Buffer;
  /** The target of a symbolic link. */
  readonly link?: string;
}

/** Returns the entries sorted by path, with an entry for every parent directory. Throws when two entries have the same path. */
export function completeEntries(entries: readonly Entry[]): readonly Entry[] {
  const found = new Map<string, Entry>();
  for (const entry of entries) {
    if (found.has(entry.path)) throw new Error(`two entries for ${entry.path}`);
    found.set(entry.path, entry);
  }
  for (const { path } of entries) {
    const parts = path.replace(/\/$/, '').split('/').slice(0, -1);
    for (const at of parts.keys()) {
      const parent = `${parts.slice(0, at + 1).join('/')}/`;
      if (!found.has(parent)) found.set(parent, { path: parent, mode: 0o755 });
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Returns an entry for a file with the permissions 0644. */
export function textEntry(path: string, content: string | Buffer): Entry {
  return { path, mode: 0o644, content: Buffer.from(content) };
}

export interface Artefact {
  readonly file: string;
  readonly content: Buffer;
}

/** Returns the file type and the permissions in the format of `st_mode`. Source: inode(7) */
export function fileMode({ path, mode, link }: Entry): number {
  if (link !== undefined) return 0o120777;
  return (path.endsWith('/') ? 0o040000 : 0o100000) | mode;
}
