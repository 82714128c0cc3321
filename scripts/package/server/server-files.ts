/** The documents of the server's packages: licences, SBOM, manual page, shell completion. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allCommands } from '../../../bin/all-commands.ts';
import { renderManualPage } from '../../../bin/cli/manual-page.ts';
import { renderCompletion } from '../../../bin/completion/shell-scripts.ts';
import { renderLicences } from '../content/licences.ts';
import type { Release } from '../content/release.ts';
import { type Component, npmComponents, renderSbom } from '../content/sbom.ts';
import { readRuntime, runtimes } from '../npm/runtimes.ts';
import { debianArchitecture, ensurePrograms, pinnedPackages, type ServerPlatform } from './programs.ts';
import { serverPackages } from './server-tree.ts';

export const serverName = 'hostpulse';

export interface ServerFiles {
  readonly manual: string;
  readonly bash: string;
  readonly zsh: string;
  readonly fish: string;
  readonly sbom: string;
  /** Licences of everything that the packages contain and that is not hostpulse's own. */
  readonly licences: string;
}

export function serverFiles(platform: ServerPlatform, release: Release): ServerFiles {
  const commands = allCommands();
  const completion = { program: serverName, commands };
  const { version, timeSeconds } = release;
  const places = serverPackages(platform);
  const programs = ensurePrograms(platform);
  const copyrights = pinnedPackages.map(({ name, version: pinned }): [string, string] => [
    `${name} ${pinned} of Debian`,
    readFileSync(join(programs, 'usr', 'share', 'doc', name, 'copyright'), 'utf8'),
  ]);
  const components = [...npmComponents([...places, runtimes[platform].package]), ...debianComponents(platform)];
  return {
    manual: renderManualPage({
      name: serverName,
      version,
      date: new Date(timeSeconds * 1000).toISOString().slice(0, 10),
      commands: Object.values(commands),
      files: [
        ['/etc/hostpulse/hostpulse.yml', 'The configuration of the service.'],
        ['/var/lib/hostpulse/data', 'Data, keys and logs of all components.'],
      ],
    }),
    bash: renderCompletion('bash', completion),
    zsh: renderCompletion('zsh', completion),
    fish: renderCompletion('fish', completion),
    sbom: renderSbom(serverName, release, components),
    licences: renderLicences(places, {
      'Node.js': readRuntime(platform).licence,
      ...Object.fromEntries(copyrights),
    }),
  };
}

/** Source of the form of the URLs: https://github.com/package-url/purl-spec/blob/main/types-doc/deb-definition.md */
function debianComponents(platform: ServerPlatform): readonly Component[] {
  return pinnedPackages.map(({ name, version, sha256 }) => ({
    name,
    version,
    license: 'Apache-2.0',
    sha256: sha256[platform],
    purl: `pkg:deb/debian/${name}@${version.replace('+', '%2B')}?arch=${debianArchitecture(platform)}`,
  }));
}
