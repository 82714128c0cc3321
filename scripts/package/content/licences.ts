/** Collects the licences of the software in an executable or a package. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameAt } from '../npm/lock.ts';
import { packageFolder } from '../npm/package-folder.ts';

/** Returns one text with the licences of all npm packages and of `others`, by name. Throws for an npm package without a licence. */
export function renderLicences(places: readonly string[], others: Readonly<Record<string, string>> = {}): string {
  const parts = places.map((place) => {
    const folder = packageFolder(place);
    const [file] = globSync('{LICEN[CS]E,COPYING}*', { cwd: folder, nocase: true } as { cwd: string }).sort();
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      string
    >;
    const text = file === undefined ? undefined : readFileSync(join(folder, file), 'utf8').trim();
    if (text === undefined && license === undefined) throw new Error(`${place} has no licence`);
    return `${nameAt(place)} ${version}\n\n${text ?? `Licence: ${license}`}\n`;
  });
  const more = Object.entries(others).map(([name, text]) => `${name}\n\n${text.trim()}\n`);
  return [...more, ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}
