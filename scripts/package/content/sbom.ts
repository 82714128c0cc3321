/** Writes the software bill of materials of a package. Source of the format, CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/ */
import { createHash } from 'node:crypto';
import { nameAt, readLock } from '../npm/lock.ts';
import type { Release } from './release.ts';

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly license?: string | undefined;
  /** Hexadecimal. */
  readonly sha512?: string | undefined;
  readonly sha256?: string | undefined;
  readonly purl: string;
}

/** Returns the npm packages as components, with the checksums of package-lock.json. Throws for a package that it lacks. */
export function npmComponents(places: readonly string[]): readonly Component[] {
  const lock = readLock();
  return places.map((place) => {
    const locked = lock.get(place);
    if (locked === undefined) throw new Error(`package-lock.json has no ${place}`);
    const { version, license, integrity } = locked;
    const sha512 = integrity?.startsWith('sha512-')
      ? Buffer.from(integrity.slice(7), 'base64').toString('hex')
      : undefined;
    const name = nameAt(place);
    return { name, version, license, sha512, purl: `pkg:npm/${name.replace('@', '%40')}@${version}` };
  });
}

/** Returns the document. The serial number derives from the content, so that the same content gives the same document. */
export function renderSbom(name: string, { version, timeSeconds }: Release, components: readonly Component[]): string {
  const listed = components.map(({ license, sha512, sha256, ...component }) => ({
    type: 'library',
    'bom-ref': component.purl,
    ...component,
    ...(license !== undefined && {
      licenses: [/ (?:AND|OR) /.test(license) ? { expression: license } : { license: { id: license } }],
    }),
    ...(sha512 !== undefined && { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
    ...(sha256 !== undefined && { hashes: [{ alg: 'SHA-256', content: sha256 }] }),
  }));
  const main = `pkg:generic/${name}@${version}`;
  const metadata = {
    timestamp: new Date(timeSeconds * 1000).toISOString(),
    component: {
      type: 'application',
      'bom-ref': main,
      name,
      version,
      purl: main,
      licenses: [{ license: { id: 'Apache-2.0' } }],
    },
  };
  const dependencies = [{ ref: main, dependsOn: components.map(({ purl }) => purl) }];
  const content = { metadata, components: listed, dependencies };
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const uuid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  const head = { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: `urn:uuid:${uuid}`, version: 1 };
  return `${JSON.stringify({ ...head, ...content }, undefined, 2)}\n`;
}
