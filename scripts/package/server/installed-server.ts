/** The files that the Debian package of the server installs, and the scripts that run on the machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { PackageDescription } from '../archive/deb.ts';
import type { Entry } from '../archive/entry.ts';
import { below } from '../archive/folder.ts';
import { type Release, root } from '../content/release.ts';
import { serviceScripts } from '../content/service-scripts.ts';
import { debianArchitecture, minimumGlibc, type ServerPlatform } from './programs.ts';
import { type ServerFiles, serverName } from './server-files.ts';

/** Where the unit of deploy/systemd expects the tree of an archive. */
const archiveFolder = '/opt/hostpulse/';
const installedFolder = 'usr/lib/hostpulse';
const configFile = 'etc/hostpulse/hostpulse.yml';
const dataFolder = '/var/lib/hostpulse';

export function installedServer(
  platform: ServerPlatform,
  tree: readonly Entry[],
  files: ServerFiles,
  { version }: Release,
): PackageDescription & { readonly entries: readonly Entry[] } {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const text = (path: string, content: string | Buffer): Entry => ({
    path,
    mode: 0o644,
    content: Buffer.from(content),
  });
  const unit = read('deploy/systemd/hostpulse.service').replaceAll(archiveFolder, `/${installedFolder}/`);
  const documents = `usr/share/doc/${serverName}`;
  return {
    name: serverName,
    version,
    architecture: debianArchitecture(platform),
    summary: 'monitors servers: metrics, dashboards and alerts on Prometheus',
    details: 'The server of hostpulse with Prometheus, Alertmanager and the agents for hosts.',
    depends: [
      'init-system-helpers (>= 1.54)',
      'libatomic1',
      `libc6 (>= ${minimumGlibc})`,
      'libgcc-s1',
      'libstdc++6',
      'systemd (>= 247)',
      'tzdata',
    ],
    compression: 'zstd',
    configFiles: [`/${configFile}`],
    scripts: serviceScripts({
      name: serverName,
      unit: 'hostpulse.service',
      user: serverName,
      directories: ['/etc/hostpulse', dataFolder],
      nextStep: `To log in, run: sudo -u hostpulse hostpulse key login-link --data-dir ${dataFolder}/data`,
    }),
    entries: [
      ...below(installedFolder, tree),
      { path: 'usr/bin/hostpulse', mode: 0o777, link: `../lib/hostpulse/deploy/hostpulse` },
      text(configFile, read('deploy/systemd/etc/hostpulse.yml')),
      text('usr/lib/systemd/system/hostpulse.service', unit),
      text('usr/lib/sysusers.d/hostpulse.conf', read('deploy/server/hostpulse.sysusers.conf')),
      text('usr/lib/tmpfiles.d/hostpulse.conf', read('deploy/server/hostpulse.tmpfiles.conf')),
      text('usr/share/man/man1/hostpulse.1.gz', gzipSync(files.manual, { level: 9 })),
      text('usr/share/bash-completion/completions/hostpulse', files.bash),
      text('usr/share/zsh/vendor-completions/_hostpulse', files.zsh),
      text('usr/share/fish/vendor_completions.d/hostpulse.fish', files.fish),
      text(`${documents}/copyright`, `${read('LICENSE')}\n${'-'.repeat(80)}\n\n${files.licences}`),
      text(`${documents}/NOTICE`, read('NOTICE')),
      text(`${documents}/hostpulse.cdx.json`, files.sbom),
    ],
  };
}
