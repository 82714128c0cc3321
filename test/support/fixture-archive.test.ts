/** Checks the archive format: a written archive is read back byte for byte, and an error names the line. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type FixtureEntry, parseArchive, renderArchive } from './fixture-archive.ts';
import { archiveName, readArchive } from './fixture-folder.ts';

const heading = '# Files of a host. The format and the command to edit them: test/README.md\n';

const file = (path: string, content: string | Buffer): FixtureEntry => ({
  kind: 'file',
  path,
  content: Buffer.from(content),
});

describe('an entry and its text', () => {
  test.each<[title: string, entry: FixtureEntry, text: string]>([
    ['a file', file('proc/loadavg', '0.15 0.20\n1\n'), '-- proc/loadavg --\n0.15 0.20\n1\n'],
    ['an empty file', file('a', ''), '-- a --\n'],
    ['a blank line', file('a', '\n'), '-- a --\n\n'],
    ['no final newline', file('a', 'one\ntwo'), '-- a (no newline) --\none\ntwo\n'],
    ['spaces, tabs and a backslash as they are', file('a', ' \tx\\n \n'), '-- a --\n \tx\\n \n'],
    ['letters beyond ASCII', file('ADP\u00FC1', '\u00B0C\n'), '-- ADP\u00FC1 --\n\u00B0C\n'],
    ['NUL', file('a', 'x\0y\n'), '-- a (escaped) --\nx\\x00y\n'],
    ['bytes that are not UTF-8', file('a', Buffer.from([0xe4, 0x5c, 0x0a])), '-- a (escaped) --\n\\xe4\\\\\n'],
    ['UTF-8 beside NUL', file('a', '\u00FC\0'), '-- a (escaped, no newline) --\n\u00FC\\x00\n'],
    ['CR LF', file('a', 'x\r\ny\r\n'), '-- a (escaped) --\nx\\x0d\ny\\x0d\n'],
    ['a byte order mark', file('a', '\uFEFFx\n'), '-- a (escaped) --\n\\xef\\xbb\\xbfx\n'],
    ['a line separator', file('a', 'x\u2028\n'), '-- a (escaped) --\nx\\xe2\\x80\\xa8\n'],
    ['lines like a header', file('a', '-- b --\n--\n-- \n'), '-- a (escaped) --\n\\x2d- b --\n--\n\\x2d- \n'],
    ['an odd name', file('My Disk\t(1)\\\n', 'x\n'), '-- My\\x20Disk\\x09(1)\\\\\\x0a --\nx\n'],
    ['a name like a link', file('a -> b', ''), '-- a\\x20->\\x20b --\n'],
    ['a link', { kind: 'link', path: 'hwmon0/device', target: '../..' }, '-- hwmon0/device -> ../.. --\n'],
    ['a link to an odd name', { kind: 'link', path: 'a', target: '/b c/' }, '-- a -> /b\\x20c/ --\n'],
    ['an empty folder', { kind: 'folder', path: 'proc/fs' }, '-- proc/fs/ --\n'],
  ])('%s', (_, entry, text) => {
    expect(renderArchive([entry])).toBe(heading + text);
    expect(parseArchive(heading + text)).toEqual([entry]);
    // The next entry begins where this one ends.
    const both = [entry, file('z', 'z\n')];
    expect(renderArchive(both)).toBe(`${heading}${text}-- z --\nz\n`);
    expect(parseArchive(renderArchive(both))).toEqual(both);
  });

  test('every byte, alone and between letters', () => {
    for (let byte = 0; byte < 256; byte++) {
      for (const content of [
        Buffer.from([byte]),
        Buffer.from([0x61, byte, 0x62, 0x0a]),
        Buffer.from([0, byte, 0x5c]),
      ]) {
        const entries = [file('a', content)];
        expect(parseArchive(renderArchive(entries))).toEqual(entries);
      }
    }
  });
});

test('entries are sorted by path', () => {
  const [a, b, c] = [file('a', '1\n'), file('b/a', '2\n'), { kind: 'folder', path: 'c' } as const];
  expect(renderArchive([c, b, a])).toBe(renderArchive([a, b, c]));
  expect(parseArchive(renderArchive([c, b, a]))).toEqual([a, b, c]);
  expect(parseArchive(renderArchive([]))).toEqual([]);
});

test('a name that is not UTF-8 is refused', () => {
  expect(() => renderArchive([file('a\uFFFD', '')])).toThrow('expected a name in UTF-8');
});

describe('faults', () => {
  test.each([
    ['-- a --\n', `line 1: expected ${JSON.stringify(heading.trimEnd())}, got "-- a --"`],
    [`${heading}-- a --\nx`, 'line 3: expected a newline at the end of the archive'],
    [`${heading}x\n`, 'line 2: expected a header such as "-- proc/stat --", got "x"'],
    [`${heading}-- a --\nx\n-- y\n`, 'line 4: expected a header such as "-- proc/stat --", got "-- y"'],
    [`${heading}-- a --\r\n`, 'line 2: expected a header such as "-- proc/stat --", got "-- a --\\r"'],
    [`${heading}-- a (bare) --\n`, 'line 2: expected the flags escaped | no newline | escaped, no newline, got "bare"'],
    [`${heading}-- a (no newline) --\n`, 'line 3: expected the content of a, got nothing'],
    [`${heading}-- a -> b --\nx\n`, 'line 3: expected no content of a, got "x"'],
    [`${heading}-- a/ --\nx\n`, 'line 3: expected no content of a, got "x"'],
    [`${heading}-- a/ -> b --\n`, 'line 2: expected a folder such as "-- proc/ --", got "-- a/ -> b --"'],
    [`${heading}-- a (escaped) --\n\\n\n`, 'line 3: expected \\\\ or \\xNN for a backslash, got "\\\\n"'],
    [`${heading}-- \\xe4 --\n`, 'line 2: expected a name in UTF-8, got "\\\\xe4"'],
    [`${heading}-- /a --\n`, 'line 2: expected a path below the folder, got "/a"'],
    [`${heading}-- a/../../b --\n`, 'line 2: expected a path below the folder, got "a/../../b"'],
    [`${heading}-- a --\n-- a --\n`, 'line 3: a has a second entry'],
    [`${heading}-- a -> /tmp --\n-- a/b --\n`, 'a/b: a is a link entry and has no files'],
  ])('%j', (text, message) => expect(() => parseArchive(text)).toThrow(new Error(message)));
});

describe('the cases', () => {
  const cases = join(import.meta.dirname, '..', 'cases');
  const folders = globSync(['collectors/*/*', 'hosts/*'], { cwd: cases }).map((folder) => join(cases, folder));
  const archives = folders.map((folder) => join(folder, archiveName)).filter((path) => existsSync(path));

  test('have archives', () => expect(archives.length).toBeGreaterThan(200));

  test('have nothing else beside expectations, flags and results of system calls and programs', () => {
    const known = [
      'expected.err',
      'expected.faults',
      'expected.prom',
      'flags.json',
      archiveName,
      'statfs.json',
      'adjtimex.json',
      'dbus.json',
      'ethtool.json',
      'netlink.json',
      'nvidia.json',
      'smart.json',
    ];
    const others = folders.flatMap((folder) =>
      readdirSync(folder).flatMap((name) => (known.includes(name) ? [] : [join(folder, name)])),
    );
    expect(others).toEqual([]);
  });

  test('have archives as `node test/support/fixtures.ts pack` writes them', () => {
    const different = archives.filter((path) => renderArchive(readArchive(path)) !== readFileSync(path, 'utf8'));
    expect(different).toEqual([]);
  });
});
