/** Writes RPM packages: https://rpm-software-management.github.io/rpm/manual/format_v4.html */
import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { compressXz } from './compress.ts';
import { writeCpio } from './cpio.ts';
import { type Artefact, type Entry, fileMode } from './entry.ts';
import { packageVersion } from './package-version.ts';
import { type Value, writeRpmHeader } from './rpm-header.ts';
import { signatureTags, tags } from './rpm-tags.ts';

export interface RpmScripts {
  readonly postin: string;
  readonly preun: string;
  readonly postun: string;
}

export interface RpmDescription {
  readonly name: string;
  readonly version: string;
  readonly architecture: 'x86_64' | 'aarch64';
  readonly summary: string;
  readonly details: string;
  readonly licence: string;
  readonly requires: readonly string[];
  /** Absolute paths of files whose changes survive an upgrade. */
  readonly configFiles: readonly string[];
  readonly scripts: RpmScripts;
}

const release = '1';
const shell = '/bin/sh';
const sha256 = 8;
const flags = { config: 1, noReplace: 16 };
const sense = { less: 2, equal: 8, rpmlib: 1 << 24 };
/** Features of the package format that the installing rpm must support, with the version of rpm that introduced each. */
const features: readonly (readonly [string, string])[] = [
  ['rpmlib(CompressedFileNames)', '3.0.4-1'],
  ['rpmlib(FileDigests)', '4.6.0-1'],
  ['rpmlib(PayloadFilesHavePrefix)', '4.0-1'],
  ['rpmlib(PayloadIsXz)', '5.2-1'],
];

const text = (value: string): Value => ({ type: 'string', value });
const localized = (value: string): Value => ({ type: 'localized', value });
const texts = (values: readonly string[]): Value => ({ type: 'strings', values });
const int32 = (...values: readonly number[]): Value => ({ type: 'int32', values });
const int16 = (...values: readonly number[]): Value => ({ type: 'int16', values });

/** Returns the package, without a signature. The package owns the directories among the entries. Needs the program xz. */
export function writeRpm(
  description: RpmDescription & { readonly entries: readonly Entry[] },
  timeSeconds: number,
): Artefact {
  const { name, architecture, entries } = description;
  const version = packageVersion(description.version);
  const archive = writeCpio(entries, timeSeconds);
  const payload = compressXz(archive);
  const header = writeRpmHeader(
    tags.immutableRegion,
    new Map([
      ...generalTags({ ...description, version }, timeSeconds),
      ...fileTags(description, timeSeconds),
      [tags.payloadDigest, texts([digest('sha256', payload)])],
      [tags.payloadDigestAlgorithm, int32(sha256)],
    ]),
  );
  const signature = writeRpmHeader(
    signatureTags.region,
    new Map<number, Value>([
      [signatureTags.sha1Header, text(digest('sha1', header))],
      [signatureTags.sha256Header, text(digest('sha256', header))],
      [signatureTags.size, int32(header.length + payload.length)],
      [signatureTags.md5, { type: 'bytes', value: createHash('md5').update(header).update(payload).digest() }],
      [signatureTags.payloadSize, int32(archive.length)],
    ]),
  );
  const file = `${name}-${version}-${release}.${architecture}.rpm`;
  const lead = writeLead(`${name}-${version}-${release}`, architecture);
  const padding = Buffer.alloc(-signature.length & 7);
  return { file, content: Buffer.concat([lead, signature, padding, header, payload]) };
}

/** Returns the lead, which identifies the file as an RPM package. rpm reads everything else from the headers. */
function writeLead(name: string, architecture: RpmDescription['architecture']): Buffer {
  const lead = Buffer.alloc(96);
  lead.write('edabeedb0300', 'hex');
  lead.writeUInt16BE(architecture === 'aarch64' ? 19 : 1, 8);
  lead.write(name.slice(0, 65), 10);
  lead.writeUInt16BE(1, 76);
  lead.writeUInt16BE(5, 78);
  return lead;
}

function generalTags(
  description: RpmDescription & { readonly entries: readonly Entry[] },
  timeSeconds: number,
): readonly [number, Value][] {
  const { name, version, architecture, summary, details, licence, requires, scripts, entries } = description;
  const needed = [...requires, shell];
  const bytes = entries.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
  return [
    [tags.i18nTable, texts(['C'])],
    [tags.name, text(name)],
    [tags.version, text(version)],
    [tags.release, text(release)],
    [tags.summary, localized(summary)],
    [tags.description, localized(details)],
    [tags.buildTime, int32(timeSeconds)],
    [tags.buildHost, text('localhost')],
    [tags.size, int32(bytes)],
    [tags.licence, text(licence)],
    [tags.group, localized('Unspecified')],
    [tags.os, text('linux')],
    [tags.architecture, text(architecture)],
    [tags.postin, text(scripts.postin)],
    [tags.preun, text(scripts.preun)],
    [tags.postun, text(scripts.postun)],
    [tags.postinProgram, text(shell)],
    [tags.preunProgram, text(shell)],
    [tags.postunProgram, text(shell)],
    [tags.sourcePackage, text(`${name}-${version}-${release}.src.rpm`)],
    [tags.provideNames, texts([name])],
    [tags.provideFlags, int32(sense.equal)],
    [tags.provideVersions, texts([`${version}-${release}`])],
    [tags.requireFlags, int32(...needed.map(() => 0), ...features.map(() => sense.less | sense.equal | sense.rpmlib))],
    [tags.requireNames, texts([...needed, ...features.map(([feature]) => feature)])],
    [tags.requireVersions, texts([...needed.map(() => ''), ...features.map(([, since]) => since)])],
    [tags.rpmVersion, text('4.14.0')],
    [tags.payloadFormat, text('cpio')],
    [tags.payloadCompressor, text('xz')],
    [tags.payloadFlags, text('6')],
  ];
}

function fileTags(
  { entries, configFiles }: RpmDescription & { readonly entries: readonly Entry[] },
  timeSeconds: number,
): readonly [number, Value][] {
  const paths = entries.map(({ path }) => `/${path.replace(/\/$/, '')}`);
  const folders = [...new Set(paths.map((path) => `${dirname(path).replace(/\/$/, '')}/`))];
  const each = <Result>(value: (entry: Entry, path: string) => Result): readonly Result[] =>
    entries.map((entry, at) => value(entry, paths[at] as string));
  return [
    [tags.fileSizes, int32(...each(({ content, link }) => content?.length ?? link?.length ?? 0))],
    [tags.fileModes, int16(...each(fileMode))],
    [tags.fileDevices, int16(...each(() => 0))],
    [tags.fileTimes, int32(...each(() => timeSeconds))],
    [tags.fileDigests, texts(each(({ content }) => (content === undefined ? '' : digest('sha256', content))))],
    [tags.fileLinks, texts(each(({ link }) => link ?? ''))],
    [tags.fileFlags, int32(...each((_, path) => (configFiles.includes(path) ? flags.config | flags.noReplace : 0)))],
    [tags.fileUsers, texts(each(() => 'root'))],
    [tags.fileGroups, texts(each(() => 'root'))],
    [tags.fileVerifyFlags, int32(...each(() => 0xffffffff))],
    [tags.fileSystems, int32(...each(() => 1))],
    [tags.fileInodes, int32(...entries.map((_, at) => at + 1))],
    [tags.fileLanguages, texts(each(() => ''))],
    [tags.directoryIndexes, int32(...each((_, path) => folders.indexOf(`${dirname(path).replace(/\/$/, '')}/`)))],
    [tags.baseNames, texts(each((_, path) => basename(path)))],
    [tags.directoryNames, texts(folders)],
    [tags.fileDigestAlgorithm, int32(sha256)],
  ];
}

function digest(algorithm: 'sha1' | 'sha256', content: Buffer): string {
  return createHash(algorithm).update(content).digest('hex');
}
