/** Creates small source trees in memory, for tests of the repository's checks. */
import { createRepository, type Repository } from '../../scripts/check/tree/repository.ts';

/** Returns a repository of `files`: their text by path. */
export function sourceTree(files: Readonly<Record<string, string>>): Repository {
  return createRepository(Object.keys(files), (path) => files[path] ?? '');
}

/** Returns a repository in which each file imports a value from others, one import a line: paths by path. */
export function importTree(imports: Readonly<Record<string, readonly string[]>>): Repository {
  const files = Object.entries(imports).map(([path, targets]) => {
    const up = '../'.repeat(path.split('/').length - 1) || './';
    return [path, targets.map((target) => `import { x } from '${up}${target}';\n`).join('')] as const;
  });
  return sourceTree(Object.fromEntries(files));
}
