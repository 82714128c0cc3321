/** Makes unpacked programs load the libraries that are unpacked below the same root. */
import { globSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Programs below the root that get a start script in usr/bin. The last match of a glob is used. */
const programs: Readonly<Record<string, string>> = {
  chromium: 'usr/lib/chromium/chromium',
  initdb: 'usr/lib/postgresql/*/bin/initdb',
  postgres: 'usr/lib/postgresql/*/bin/postgres',
  pg_ctl: 'usr/lib/postgresql/*/bin/pg_ctl',
};

/** Writes the start scripts. Idempotent. `root` is the folder that the packages were unpacked into. */
export function relocatePrograms(root: string): void {
  const libraries = libraryFolders(root).map((folder) => `$root/${folder}`);
  for (const [name, pattern] of Object.entries(programs)) {
    const program = globSync(pattern, { cwd: root }).toSorted().at(-1);
    if (program === undefined) continue;
    const script = join(root, 'usr', 'bin', name);
    rmSync(script, { force: true }); // the package's file may be a link or contain absolute paths
    writeFileSync(script, startScript(program, libraries), { mode: 0o755 });
  }
}

function startScript(program: string, libraries: readonly string[]): string {
  return `#!/bin/sh
# Its libraries are beside it where the system has none.
root=$(cd "$(dirname "$0")/../.." && pwd)
export LD_LIBRARY_PATH="${libraries.join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$root/${program}" "$@"
`;
}

/** Returns the library folders of the architecture and their subfolders with private libraries. */
function libraryFolders(root: string): readonly string[] {
  const files = globSync(
    ['lib', 'usr/lib'].flatMap((lib) => [`${lib}/*-linux-gnu*/*.so*`, `${lib}/*-linux-gnu*/*/lib*.so*`]),
    {
      cwd: root,
    },
  );
  return [...new Set(files.map((file) => relative(root, join(root, dirname(file)))))].toSorted();
}
