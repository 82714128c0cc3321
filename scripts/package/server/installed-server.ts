/** Describes the Debian package of the server: the installed files, the dependencies and the scripts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { PackageDescription } from '../archive/deb.ts';
import { type Entry, textEntry } from '../archive/entry.ts';
import { below } from '../archive/folder.ts';
import { type Release, root } from '../content/release.ts';
import { serviceScripts } from '../content/service-scripts.ts';
import { debianArchitecture, minimumGlibc, type ServerPlatform } from './programs.ts';
import { type ServerFiles, serverName } from './server-files.ts';

/** The folder in the unit of deploy/systemd, where docs/install.md unpacks the archive. */
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
      configDirectory: '/etc/hostpulse',
      stateDirectory: dataFolder,
      nextStep: `To log in, run: sudo -u hostpulse hostpulse key login-link --data-dir ${dataFolder}/data`,
    }),
    entries: [
      ...below(installedFolder, tree),
      { path: 'usr/bin/hostpulse', mode: 0o777, link: '../lib/hostpulse/deploy/hostpulse' },
      textEntry(configFile, read('deploy/systemd/etc/hostpulse.yml')),
      textEntry('usr/lib/systemd/system/hostpulse.service', unit),
      textEntry('usr/lib/sysusers.d/hostpulse.conf', read('deploy/server/hostpulse.sysusers.conf')),
      textEntry('usr/lib/tmpfiles.d/hostpulse.conf', read('deploy/server/hostpulse.tmpfiles.conf')),
      textEntry('usr/share/man/man1/hostpulse.1.gz', gzipSync(files.manual, { level: 9 })),
      textEntry('usr/share/bash-completion/completions/hostpulse', files.bash),
      textEntry('usr/share/zsh/vendor-completions/_hostpulse', files.zsh),
      textEntry('usr/share/fish/vendor_completions.d/hostpulse.fish', files.fish),
      textEntry(`${documents}/copyright`, `${read('LICENSE')}\n${'-'.repeat(80)}\n\n${files.licences}`),
      textEntry(`${documents}/NOTICE`, read('NOTICE')),
      textEntry(`${documents}/hostpulse.cdx.json`, files.sbom),
    ],
  };
}
