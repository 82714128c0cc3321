/** Collects the documents of the server's packages: licences, SBOM, manual page, shell completions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allCommands } from '../../../bin/all-commands.ts';
import { type CommandDocuments, commandDocuments } from '../content/command-documents.ts';
import { renderLicences } from '../content/licences.ts';
import type { Release } from '../content/release.ts';
import { type Component, npmComponents, renderSbom } from '../content/sbom.ts';
import { readRuntime, runtimes } from '../npm/runtimes.ts';
import { debianArchitecture, ensurePrograms, pinnedPackages, type ServerPlatform } from './programs.ts';
import { serverPackages } from './server-tree.ts';

export const serverName = 'hostpulse';

export interface ServerFiles extends CommandDocuments {
  readonly sbom: string;
  /** Licences of the npm packages, of Node, and of the Debian packages. */
  readonly licences: string;
}

export function serverFiles(platform: ServerPlatform, release: Release): ServerFiles {
  const files = [
    ['/etc/hostpulse/hostpulse.yml', 'The configuration of the service.'],
    ['/var/lib/hostpulse/data', 'Data, keys and logs of all components.'],
  ] as const;
  const places = serverPackages(platform);
  const programs = ensurePrograms(platform);
  const copyrights = pinnedPackages.map(({ name, version }): [string, string] => [
    `${name} ${version} of Debian`,
    readFileSync(join(programs, 'usr', 'share', 'doc', name, 'copyright'), 'utf8'),
  ]);
  const components = [...npmComponents([...places, runtimes[platform].package]), ...debianComponents(platform)];
  return {
    ...commandDocuments({ name: serverName, commands: allCommands(), files }, release),
    sbom: renderSbom(serverName, release, components),
    licences: renderLicences(places, {
      'Node.js': readRuntime(platform).licence,
      ...Object.fromEntries(copyrights),
    }),
  };
}

/** Source of the format of package URLs: https://github.com/package-url/purl-spec/blob/main/types-doc/deb-definition.md */
function debianComponents(platform: ServerPlatform): readonly Component[] {
  return pinnedPackages.map(({ name, version, sha256 }) => ({
    name,
    version,
    license: 'Apache-2.0',
    sha256: sha256[platform],
    purl: `pkg:deb/debian/${name}@${version.replace('+', '%2B')}?arch=${debianArchitecture(platform)}`,
  }));
}
