/** Builds the packages of the agent: archives for every platform, and Debian and RPM packages for Linux. */
import { bundleAgent } from './agent/bundle.ts';
import { buildExecutable } from './agent/executable.ts';
import { writeDeb } from './archive/deb.ts';
import { type Artefact, completeEntries, type Entry, textEntry } from './archive/entry.ts';
import { writeRpm } from './archive/rpm.ts';
import { writeTarGz } from './archive/tar.ts';
import { writeZip } from './archive/zip.ts';
import { type AgentFiles, agentFiles, agentName } from './content/agent-files.ts';
import { debianAgent, rpmAgent } from './content/installed-agent.ts';
import type { Release } from './content/release.ts';
import { type Platform, runtimes } from './npm/runtimes.ts';
import { once } from './once.ts';

const agentPlatforms = Object.keys(runtimes) as Platform[];

export type Builder = () => Promise<Artefact>;

interface BuiltAgent {
  readonly executable: Buffer;
  readonly files: AgentFiles;
}

/** Returns the builders by name: `agent-<platform>` for the archive, `deb-<platform>` and `rpm-<platform>` for the packages. */
export function agentBuilders(release: Release): ReadonlyMap<string, Builder> {
  const bundled = once(bundleAgent);
  return new Map(
    agentPlatforms.flatMap((platform): (readonly [string, Builder])[] => {
      const build = once(async (): Promise<BuiltAgent> => {
        const bundle = await bundled();
        return { executable: buildExecutable(platform, bundle.code), files: agentFiles(platform, bundle, release) };
      });
      const archive = [`agent-${platform}`, once(async () => writeArchive(platform, await build(), release))] as const;
      if (!platform.startsWith('linux')) return [archive];
      return [
        archive,
        [`deb-${platform}`, async () => buildDeb(platform, await build(), release)],
        [`rpm-${platform}`, async () => buildRpm(platform, await build(), release)],
      ];
    }),
  );
}

function buildDeb(platform: Platform, { executable, files }: BuiltAgent, release: Release): Artefact {
  const { entries, ...description } = debianAgent(platform, executable, files, release);
  return writeDeb({ ...description, entries: completeEntries(entries) }, release.timeSeconds);
}

function buildRpm(platform: Platform, { executable, files }: BuiltAgent, release: Release): Artefact {
  return writeRpm(rpmAgent(platform, executable, files, release), release.timeSeconds);
}

function writeArchive(
  platform: Platform,
  { executable, files }: BuiltAgent,
  { version, timeSeconds }: Release,
): Artefact {
  const name = `${agentName}-${version}-${platform}`;
  const isWindows = platform === 'win-x64';
  const entries: readonly Entry[] = completeEntries([
    { path: isWindows ? `${agentName}.exe` : agentName, mode: 0o755, content: executable },
    textEntry('LICENSE', files.licence),
    textEntry('NOTICE', files.notice),
    textEntry('THIRD-PARTY-LICENSES', files.licences),
    textEntry(`${agentName}.cdx.json`, files.sbom),
    textEntry('agent.yml', files.config),
    ...(isWindows ? [] : [textEntry(`${agentName}.1`, files.manual)]),
    ...(isWindows ? [] : [textEntry(`completions/${agentName}.bash`, files.bash)]),
    ...(isWindows
      ? []
      : [textEntry(`completions/_${agentName}`, files.zsh), textEntry(`completions/${agentName}.fish`, files.fish)]),
    ...(platform.startsWith('linux')
      ? [
          textEntry(`${agentName}.service`, files.unit),
          textEntry(`${agentName}.sysusers.conf`, files.sysusers),
          textEntry(`${agentName}.tmpfiles.conf`, files.tmpfiles),
        ]
      : []),
  ]);
  if (isWindows) {
    const inFolder = entries.map((entry) => ({ ...entry, path: `${name}/${entry.path}` }));
    return { file: `${name}.zip`, content: writeZip(inFolder, timeSeconds) };
  }
  return writeTarGz(name, entries, timeSeconds);
}
