/** Builds the packages of the server for Linux: an archive and a Debian package. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Builder } from './agent-artefacts.ts';
import { writeDeb } from './archive/deb.ts';
import { type Artefact, completeEntries, type Entry, textEntry } from './archive/entry.ts';
import { writeTarGz } from './archive/tar.ts';
import { type Release, root } from './content/release.ts';
import { once } from './once.ts';
import { installedServer } from './server/installed-server.ts';
import type { ServerPlatform } from './server/programs.ts';
import { type ServerFiles, serverFiles, serverName } from './server/server-files.ts';
import { serverTree } from './server/server-tree.ts';

const serverPlatforms: readonly ServerPlatform[] = ['linux-x64', 'linux-arm64'];

interface BuiltServer {
  readonly tree: readonly Entry[];
  readonly files: ServerFiles;
}

/** Returns the builders by name: `server-<platform>` for the archive, `server-deb-<platform>` for the Debian package. */
export function serverBuilders(release: Release, agents: ReadonlyMap<string, Builder>): ReadonlyMap<string, Builder> {
  const compiled = once(async () => buildSources());
  const agentArchives = once(async () => {
    const archives: Artefact[] = [];
    for (const platform of serverPlatforms) archives.push(await (agents.get(`agent-${platform}`) as Builder)());
    return archives;
  });
  return new Map(
    serverPlatforms.flatMap((platform): (readonly [string, Builder])[] => {
      const build = once(async (): Promise<BuiltServer> => {
        await compiled();
        return { tree: serverTree(platform, await agentArchives()), files: serverFiles(platform, release) };
      });
      return [
        [`server-${platform}`, async () => writeArchive(platform, await build(), release)],
        [`server-deb-${platform}`, async () => buildDeb(platform, await build(), release)],
      ];
    }),
  );
}

/** Compiles the sources to dist/ when a source is newer than dist/. */
function buildSources(): void {
  const args = [join(root, 'scripts', 'launch.cjs'), 'build'];
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

function buildDeb(platform: ServerPlatform, { tree, files }: BuiltServer, release: Release): Artefact {
  const { entries, ...description } = installedServer(platform, tree, files, release);
  return writeDeb({ ...description, entries: completeEntries(entries) }, release.timeSeconds);
}

function writeArchive(
  platform: ServerPlatform,
  { tree, files }: BuiltServer,
  { version, timeSeconds }: Release,
): Artefact {
  const name = `${serverName}-${version}-${platform}`;
  const entries = completeEntries([
    ...tree,
    textEntry('THIRD-PARTY-LICENSES', files.licences),
    textEntry('hostpulse.cdx.json', files.sbom),
    textEntry('man/hostpulse.1', files.manual),
    textEntry('completions/hostpulse.bash', files.bash),
    textEntry('completions/_hostpulse', files.zsh),
    textEntry('completions/hostpulse.fish', files.fish),
  ]);
  return writeTarGz(name, entries, timeSeconds);
}
