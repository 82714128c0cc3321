/** The files that the packages of the agent install, and the scripts that run on the host. */
import { gzipSync } from 'node:zlib';
import type { PackageDescription } from '../archive/deb.ts';
import type { Entry } from '../archive/entry.ts';
import type { RpmDescription } from '../archive/rpm.ts';
import type { Platform } from '../npm/runtimes.ts';
import { type AgentFiles, agentName } from './agent-files.ts';
import type { Release } from './release.ts';
import { rpmScripts, serviceScripts } from './service-scripts.ts';

const service = {
  name: agentName,
  unit: `${agentName}.service`,
  user: agentName,
  directories: ['/etc/hostpulse-agent', '/var/lib/hostpulse-agent'],
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
      'libgcc-s1',
      'libstdc++6',
      'systemd (>= 240)',
    ],
    compression: 'xz',
    configFiles: [`/${configFile}`],
    scripts: serviceScripts(service),
    entries: [
      ...installedFiles(executable, files),
      text(`usr/share/zsh/vendor-completions/_${agentName}`, files.zsh),
      text(`${documents}/copyright`, `${files.licence}\n${'-'.repeat(80)}\n\n${files.licences}`),
      text(`${documents}/NOTICE`, files.notice),
      text(`${documents}/${agentName}.cdx.json`, files.sbom),
    ],
  };
}

/** Returns the description of the RPM package with its files and the directories that belong to it. */
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
    text(`usr/share/zsh/site-functions/_${agentName}`, files.zsh),
    text(`${licences}/LICENSE`, files.licence),
    text(`${licences}/THIRD-PARTY-LICENSES`, files.licences),
    text(`${documents}/NOTICE`, files.notice),
    text(`${documents}/${agentName}.cdx.json`, files.sbom),
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

/** The files at the same places on every distribution. */
function installedFiles(executable: Buffer, files: AgentFiles): readonly Entry[] {
  return [
    { path: `usr/bin/${agentName}`, mode: 0o755, content: executable },
    text(configFile, files.config),
    text(`usr/lib/systemd/system/${agentName}.service`, files.unit),
    text(`usr/lib/sysusers.d/${agentName}.conf`, files.sysusers),
    text(`usr/lib/tmpfiles.d/${agentName}.conf`, files.tmpfiles),
    text(`usr/share/man/man1/${agentName}.1.gz`, gzipSync(files.manual, { level: 9 })),
    text(`usr/share/bash-completion/completions/${agentName}`, files.bash),
    text(`usr/share/fish/vendor_completions.d/${agentName}.fish`, files.fish),
  ];
}

function text(path: string, content: string | Buffer): Entry {
  return { path, mode: 0o644, content: Buffer.from(content) };
}
