/** Describes the Debian and RPM packages of the agent: the installed files and the scripts. */
import { gzipSync } from 'node:zlib';
import type { PackageDescription } from '../archive/deb.ts';
import { type Entry, textEntry } from '../archive/entry.ts';
import type { RpmDescription } from '../archive/rpm.ts';
import type { Platform } from '../npm/runtimes.ts';
import { type AgentFiles, agentName } from './agent-files.ts';
import type { Release } from './release.ts';
import { rpmScripts, serviceScripts } from './service-scripts.ts';

const service = {
  name: agentName,
  unit: `${agentName}.service`,
  user: agentName,
  configDirectory: '/etc/hostpulse-agent',
  stateDirectory: '/var/lib/hostpulse-agent',
};
const summary = "reads this host and serves or pushes metrics under node_exporter's names";
const details = 'The exporter of hostpulse as a single executable, with a hardened systemd unit.';
const configFile = 'etc/hostpulse-agent/agent.yml';

/** Returns the description of the Debian package with its files. */
export function debianAgent(
  platform: Platform,
  executable: Buffer,
  files: AgentFiles,
  { version }: Release,
): PackageDescription & { readonly entries: readonly Entry[] } {
  const documents = `usr/share/doc/${agentName}`;
  return {
    name: agentName,
    version,
    architecture: platform === 'linux-arm64' ? 'arm64' : 'amd64',
    summary,
    details,
    depends: [
      'init-system-helpers (>= 1.54)',
      'libatomic1',
      'libc6 (>= 2.28)',
      'libgcc-s1 | libgcc1', // Debian 10 has libgcc1
      'libstdc++6',
      'systemd (>= 240)',
    ],
    compression: 'xz',
    configFiles: [`/${configFile}`],
    scripts: serviceScripts(service),
    entries: [
      ...installedFiles(executable, files),
      textEntry(`usr/share/zsh/vendor-completions/_${agentName}`, files.zsh),
      textEntry(`${documents}/copyright`, `${files.licence}\n${'-'.repeat(80)}\n\n${files.licences}`),
      textEntry(`${documents}/NOTICE`, files.notice),
      textEntry(`${documents}/${agentName}.cdx.json`, files.sbom),
    ],
  };
}

/** Returns the description of the RPM package with its files and the directories that the package owns. */
export function rpmAgent(
  platform: Platform,
  executable: Buffer,
  files: AgentFiles,
  { version }: Release,
): RpmDescription & { readonly entries: readonly Entry[] } {
  const directory = (path: string): Entry => ({ path: `${path}/`, mode: 0o755 });
  const licences = `usr/share/licenses/${agentName}`;
  const documents = `usr/share/doc/${agentName}`;
  const entries = [
    ...installedFiles(executable, files),
    directory('etc/hostpulse-agent'),
    directory(licences),
    directory(documents),
    textEntry(`usr/share/zsh/site-functions/_${agentName}`, files.zsh),
    textEntry(`${licences}/LICENSE`, files.licence),
    textEntry(`${licences}/THIRD-PARTY-LICENSES`, files.licences),
    textEntry(`${documents}/NOTICE`, files.notice),
    textEntry(`${documents}/${agentName}.cdx.json`, files.sbom),
  ];
  return {
    name: agentName,
    version,
    architecture: platform === 'linux-arm64' ? 'aarch64' : 'x86_64',
    summary,
    details,
    licence: 'Apache-2.0',
    requires: [
      'libatomic.so.1()(64bit)',
      'libc.so.6(GLIBC_2.28)(64bit)',
      'libgcc_s.so.1()(64bit)',
      'libstdc++.so.6()(64bit)',
      'systemd',
    ],
    configFiles: [`/${configFile}`],
    scripts: rpmScripts(service),
    entries: entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** Returns the files that have the same paths on every distribution. */
function installedFiles(executable: Buffer, files: AgentFiles): readonly Entry[] {
  return [
    { path: `usr/bin/${agentName}`, mode: 0o755, content: executable },
    textEntry(configFile, files.config),
    textEntry(`usr/lib/systemd/system/${agentName}.service`, files.unit),
    textEntry(`usr/lib/sysusers.d/${agentName}.conf`, files.sysusers),
    textEntry(`usr/lib/tmpfiles.d/${agentName}.conf`, files.tmpfiles),
    textEntry(`usr/share/man/man1/${agentName}.1.gz`, gzipSync(files.manual, { level: 9 })),
    textEntry(`usr/share/bash-completion/completions/${agentName}`, files.bash),
    textEntry(`usr/share/fish/vendor_completions.d/${agentName}.fish`, files.fish),
  ];
}
