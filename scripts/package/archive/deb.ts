/** Writes Debian packages: deb(5), deb-control(5). */
import { createHash } from 'node:crypto';
import { writeAr } from './ar.ts';
import { compressXz, compressZstd } from './compress.ts';
import { type Artefact, completeEntries, type Entry } from './entry.ts';
import { packageVersion } from './package-version.ts';
import { writeTar } from './tar.ts';

export interface MaintainerScripts {
  readonly postinst: string;
  readonly prerm: string;
  readonly postrm: string;
}

export interface PackageDescription {
  readonly name: string;
  readonly version: string;
  /** Debian's name for the processor architecture, such as `amd64`. */
  readonly architecture: 'amd64' | 'arm64';
  readonly summary: string;
  readonly details: string;
  readonly depends: readonly string[];
  /** Absolute paths of files whose changes survive an upgrade. */
  readonly configFiles: readonly string[];
  readonly scripts: MaintainerScripts;
  /** Compression of the installed files. zstd compresses large packages faster than xz. The scripts are always compressed by xz. */
  readonly compression: 'xz' | 'zstd';
}

/** Returns the package. The entries have relative paths and include every directory. Needs the program xz. */
export function writeDeb(
  description: PackageDescription & { readonly entries: readonly Entry[] },
  timeSeconds: number,
): Artefact {
  const { name, version, architecture, entries, configFiles, scripts } = description;
  const control: readonly Entry[] = completeEntries([
    { path: 'control', mode: 0o644, content: Buffer.from(renderControl(description)) },
    { path: 'conffiles', mode: 0o644, content: Buffer.from(configFiles.map((path) => `${path}\n`).join('')) },
    { path: 'md5sums', mode: 0o644, content: Buffer.from(renderSums(entries, configFiles)) },
    ...Object.entries(scripts).map(([path, text]) => ({ path, mode: 0o755, content: Buffer.from(String(text)) })),
  ]);
  const root: Entry = { path: '', mode: 0o755 };
  const pack = (files: readonly Entry[]): Buffer => writeTar([root, ...files], { timeSeconds, prefix: './' });
  const members = [
    { name: 'debian-binary', content: Buffer.from('2.0\n') },
    { name: 'control.tar.xz', content: compressXz(pack(control)) },
    description.compression === 'xz'
      ? { name: 'data.tar.xz', content: compressXz(pack(entries)) }
      : { name: 'data.tar.zst', content: compressZstd(pack(entries)) },
  ];
  return { file: `${name}_${version}_${architecture}.deb`, content: writeAr(members, timeSeconds) };
}

function renderControl(description: PackageDescription & { readonly entries: readonly Entry[] }): string {
  const { name, architecture, summary, details, depends, entries } = description;
  const bytes = entries.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
  return `Package: ${name}
Version: ${packageVersion(description.version)}
Architecture: ${architecture}
Maintainer: hostpulse maintainers <maintainers@hostpulse.invalid>
Installed-Size: ${Math.ceil(bytes / 1024)}
Depends: ${depends.join(', ')}
Section: admin
Priority: optional
Description: ${summary}
 ${details}
`;
}

function renderSums(entries: readonly Entry[], configFiles: readonly string[]): string {
  return entries
    .filter(({ path, content }) => content !== undefined && !configFiles.includes(`/${path}`))
    .map(
      ({ path, content }) =>
        `${createHash('md5')
          .update(content as Buffer)
          .digest('hex')}  ${path}\n`,
    )
    .join('');
}
