/** The text format of `host.txt`: the files of a host's /proc, /sys and other folders in one readable file. See test/README.md. */

/** A path is relative, with `/` between its segments, and names each entry once. Parent folders have no entries. */
export type FixtureEntry =
  | { readonly kind: 'file'; readonly path: string; readonly content: Buffer }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** An empty folder. */
  | { readonly kind: 'folder'; readonly path: string };

const firstLine = '# Files of a host. The format and the command to edit them: test/README.md';

/** `-- PATH --`, `-- PATH (escaped, no newline) --`, `-- PATH -> TARGET --` or `-- PATH/ --`. */
const headerPattern = /^-- (\S+)(?: -> (\S+)| \((.+)\))? --$/;
const headerStart = /^-- /;
const flagsByName = new Map([
  ['escaped', { isEscaped: true, hasNewline: true }],
  ['no newline', { isEscaped: false, hasNewline: false }],
  ['escaped, no newline', { isEscaped: true, hasNewline: false }],
]);

/** Characters that an editor hides or changes: controls except tab and newline, separators, format characters such as a BOM. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Returns the entries of an archive. Throws an error with the line number at the first fault. */
export function parseArchive(text: string): FixtureEntry[] {
  const lines = text.split('\n');
  if (lines[0] !== firstLine) throw faultAt(0, JSON.stringify(firstLine), lines[0]);
  if (lines.pop() !== '') throw new Error(`line ${lines.length + 1}: expected a newline at the end of the archive`);
  const entries: FixtureEntry[] = [];
  const kinds = new Map<string, FixtureEntry['kind']>();
  for (let start = 1; start < lines.length; ) {
    let end = start + 1;
    while (end < lines.length && !headerStart.test(lines[end] as string)) end++;
    const entry = parseEntry(lines.slice(start, end), start);
    if (kinds.has(entry.path)) throw new Error(`line ${start + 1}: ${entry.path} has a second entry`);
    kinds.set(entry.path, entry.kind);
    entries.push(entry);
    start = end;
  }
  for (const { path } of entries) {
    const parent = parentsOf(path).find((each) => kinds.has(each));
    if (parent !== undefined) throw new Error(`${path}: ${parent} is a ${kinds.get(parent)} entry and has no files`);
  }
  return entries;
}

/** Returns the archive of these entries, sorted by path, so that equal trees have equal archives. */
export function renderArchive(entries: readonly FixtureEntry[]): string {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return [`${firstLine}\n`, ...sorted.map(renderEntry)].join('');
}

function parseEntry([header = '', ...content]: readonly string[], index: number): FixtureEntry {
  const [, word, target, flagNames] = headerPattern.exec(header) ?? [];
  if (word === undefined) throw faultAt(index, 'a header such as "-- proc/stat --"', header);
  const isFolder = word.endsWith('/');
  const path = parsePath(isFolder ? word.slice(0, -1) : word, index);
  if (isFolder || target !== undefined) {
    if (isFolder && (target ?? flagNames) !== undefined) throw faultAt(index, 'a folder such as "-- proc/ --"', header);
    if (content.length > 0) throw faultAt(index + 1, `no content of ${path}`, content[0]);
    return isFolder ? { kind: 'folder', path } : { kind: 'link', path, target: parseWord(target as string, index) };
  }
  const flags = flagNames === undefined ? { isEscaped: false, hasNewline: true } : flagsByName.get(flagNames);
  if (flags === undefined) throw faultAt(index, `the flags ${[...flagsByName.keys()].join(' | ')}`, flagNames);
  if (!flags.hasNewline && content.length === 0) throw faultAt(index + 1, `the content of ${path}`, undefined);
  const bytes = content.map((line, at) => (flags.isEscaped ? unescapeLine(line, index + 1 + at) : Buffer.from(line)));
  const newline = Buffer.from('\n');
  const parts = bytes.flatMap((line, at) => (at < bytes.length - 1 || flags.hasNewline ? [line, newline] : [line]));
  return { kind: 'file', path, content: Buffer.concat(parts) };
}

function renderEntry(entry: FixtureEntry): string {
  const path = renderWord(entry.path);
  if (entry.kind === 'folder') return `-- ${path}/ --\n`;
  if (entry.kind === 'link') return `-- ${path} -> ${renderWord(entry.target)} --\n`;
  const { content } = entry;
  const plain = tryDecode(content);
  const isEscaped =
    plain === undefined || plain.replaceAll(/[\n\t]/g, '').search(invisible) >= 0 || /^-- /m.test(plain);
  const text = isEscaped ? escapeText(content) : plain;
  const hasNewline = text === '' || text.endsWith('\n');
  const flags = [...(isEscaped ? ['escaped'] : []), ...(hasNewline ? [] : ['no newline'])];
  return `-- ${path}${flags.length > 0 ? ` (${flags.join(', ')})` : ''} --\n${text}${hasNewline ? '' : '\n'}`;
}

/** A path or a link's target in a header: escaped, and without white space. */
function renderWord(word: string): string {
  if (word.includes('\uFFFD')) throw new Error(`${word}: expected a name in UTF-8`);
  return escapeText(Buffer.from(word)).replaceAll(/\s/g, (character) => escapeBytes(Buffer.from(character)));
}

function parseWord(word: string, index: number): string {
  const decoded = tryDecode(unescapeLine(word, index));
  if (decoded === undefined) throw faultAt(index, 'a name in UTF-8', word);
  return decoded;
}

function parsePath(word: string, index: number): string {
  const path = parseWord(word, index);
  if (path.split('/').some((segment) => segment === '' || segment === '.' || segment === '..'))
    throw faultAt(index, 'a path below the folder', path);
  return path;
}

/** Returns `\\` for a backslash and `\xNN` for each byte that is not UTF-8, not visible, or begins a line like a header. */
function escapeText(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll(
      /[\x80-\xFF]+/g,
      (run) => tryDecode(Buffer.from(run, 'latin1')) ?? escapeBytes(Buffer.from(run, 'latin1')),
    )
    .replaceAll(invisible, (character) => (/[\n\t]/.test(character) ? character : escapeBytes(Buffer.from(character))))
    .replaceAll(/^-- /gm, '\\x2d- ');
}

function escapeBytes(bytes: Buffer): string {
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

function unescapeLine(line: string, index: number): Buffer {
  const bytes = Buffer.from(line).toString('latin1');
  const plain = bytes.replaceAll(/\\(\\|x[0-9a-f]{2}|)/g, (escape, code: string) => {
    if (code === '') throw faultAt(index, '\\\\ or \\xNN for a backslash', line);
    return code === '\\' ? code : String.fromCharCode(Number.parseInt(escape.slice(2), 16));
  });
  return Buffer.from(plain, 'latin1');
}

function tryDecode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** `a/b` and `a` of `a/b/c`. */
function parentsOf(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
}

function faultAt(index: number, expected: string, got: string | undefined): Error {
  return new Error(
    `line ${index + 1}: expected ${expected}, got ${got === undefined ? 'nothing' : JSON.stringify(got)}`,
  );
}
