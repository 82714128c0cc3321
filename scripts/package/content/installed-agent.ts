/** The files that the packages of the agent install, and the scripts that run on the host. */
import { gzipSync } from 'node:zlib';
import type { Platform } from '../agent/runtimes.ts';
import type { PackageDescription } from '../archive/deb.ts';
import type { Entry } from '../archive/entry.ts';
import { type AgentFiles, agentName } from './agent-files.ts';
import type { Release } from './release.ts';
import { serviceScripts } from './service-scripts.ts';

/** Returns the description of the package with its files, at the places of Debian; RPM's differ in none. */
export function installedAgent(
  platform: Platform,
  executable: Buffer,
  files: AgentFiles,
  { version }: Release,
): PackageDescription & { readonly entries: readonly Entry[] } {
  const text = (path: string, content: string | Buffer): Entry => ({
    path,
    mode: 0o644,
    content: Buffer.from(content),
  });
  const documents = `usr/share/doc/${agentName}`;
  return {
    name: agentName,
    version,
    architecture: platform === 'linux-arm64' ? 'arm64' : 'amd64',
    summary: "reads this host and serves or pushes metrics under node_exporter's names",
    details: 'The exporter of hostpulse as a single executable, with a hardened systemd unit.',
    depends: ['libatomic1', 'libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6', 'systemd (>= 240)'],
    configFiles: ['/etc/hostpulse-agent/agent.yml'],
    scripts: serviceScripts({
      name: agentName,
      unit: `${agentName}.service`,
      user: agentName,
      directories: ['/etc/hostpulse-agent', '/var/lib/hostpulse-agent'],
    }),
    entries: [
      { path: `usr/bin/${agentName}`, mode: 0o755, content: executable },
      text('etc/hostpulse-agent/agent.yml', files.config),
      text(`usr/lib/systemd/system/${agentName}.service`, files.unit),
      text(`usr/lib/sysusers.d/${agentName}.conf`, files.sysusers),
      text(`usr/lib/tmpfiles.d/${agentName}.conf`, files.tmpfiles),
      text(`usr/share/man/man1/${agentName}.1.gz`, gzipSync(files.manual, { level: 9 })),
      text(`usr/share/bash-completion/completions/${agentName}`, files.bash),
      text(`usr/share/zsh/vendor-completions/_${agentName}`, files.zsh),
      text(`usr/share/fish/vendor_completions.d/${agentName}.fish`, files.fish),
      text(`${documents}/copyright`, `${files.licence}\n${'-'.repeat(80)}\n\n${files.licences}`),
      text(`${documents}/NOTICE`, files.notice),
      text(`${documents}/${agentName}.cdx.json`, files.sbom),
    ],
  };
}
