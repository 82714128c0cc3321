/** The licences of everything that an executable or a package contains. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './release.ts';

/** Returns one text with the licence of each npm package. Throws for a package without one. */
export function renderLicences(packages: readonly string[], others: Readonly<Record<string, string>> = {}): string {
  const parts = packages.map((name) => {
    const folder = join(root, 'node_modules', name);
    const [file] = globSync('{LICEN[CS]E,COPYING}*', { cwd: folder, nocase: true } as { cwd: string }).sort();
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      string
    >;
    const text = file === undefined ? undefined : readFileSync(join(folder, file), 'utf8').trim();
    if (text === undefined && license === undefined) throw new Error(`${name} has no licence`);
    return `${name} ${version}\n\n${text ?? `Licence: ${license}`}\n`;
  });
  const more = Object.entries(others).map(([name, text]) => `${name}\n\n${text.trim()}\n`);
  return [...more, ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}
