/**
 * Expands file name patterns as Go's filepath.Glob does: `*` and `?` within a name (they match dot files), `[a-z]`, `[^a]`, and `\` to escape
 * a character. There is no `**` and there are no braces.
 * Source: https://pkg.go.dev/path/filepath#Match
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { listFolder } from '../../procfs/sysfs.ts';

/** Returns the matching paths sorted by name, or the pattern itself when no path matches. */
export function expandGoGlob(pattern: string): readonly string[] {
  const paths = tryExpand(pattern);
  return paths.length === 0 ? [pattern] : paths;
}

function tryExpand(pattern: string): readonly string[] {
  if (!/[*?[\\]/.test(pattern)) return existsSync(pattern) ? [pattern] : [];
  const folder = dirname(pattern);
  const matcher = compileGoGlob(basename(pattern));
  if (matcher === undefined || folder === pattern) return [];
  return tryExpand(folder).flatMap((parent) =>
    (listFolder(parent) ?? []).filter(({ name }) => matcher.test(name)).map(({ name }) => join(parent, name)),
  );
}

const part = /\*|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|\\(.)|([^*?[\\])/suy;

/** Returns undefined for a pattern that Go rejects. */
export function compileGoGlob(pattern: string): RegExp | undefined {
  let expression = '';
  part.lastIndex = 0;
  while (part.lastIndex < pattern.length) {
    const match = part.exec(pattern);
    if (match === null) return undefined;
    const [whole, not, characters, escaped, plain] = match;
    if (whole === '*') expression += '[^/]*';
    else if (whole === '?') expression += '[^/]';
    else if (characters !== undefined)
      expression += `[${not ?? ''}${characters.replaceAll(/\\?([^\\-])/gs, classMember)}]`;
    else expression += (escaped ?? plain ?? '').replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`);
  }
  try {
    return new RegExp(`^${expression}$`, 'su');
  } catch {
    // Ranges such as z-a, which Go rejects as well.
    return undefined;
  }
}

function classMember(_whole: string, character: string): string {
  return /[\]\\^[]/.test(character) ? `\\${character}` : character;
}
