import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { npmComponents, renderSbom } from '../../../../scripts/package/content/sbom.ts';

const release = { version: '1.2.3', timeSeconds: 1_700_000_000 };
const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, { version: string; integrity: string }>>;
};

test('lists npm packages with the version and the checksum of package-lock.json', () => {
  const document = JSON.parse(renderSbom('hostpulse-agent', release, npmComponents(['commander', '@grpc/grpc-js'])));
  const { version, integrity } = lock.packages['node_modules/commander'] as { version: string; integrity: string };
  expect(document).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
  expect(document.metadata).toMatchObject({
    timestamp: '2023-11-14T22:13:20.000Z',
    component: { name: 'hostpulse-agent', version: '1.2.3', licenses: [{ license: { id: 'Apache-2.0' } }] },
  });
  expect(document.components).toHaveLength(2);
  const content = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  expect(document.components[0]).toEqual({
    type: 'library',
    'bom-ref': `pkg:npm/commander@${version}`,
    name: 'commander',
    version,
    purl: `pkg:npm/commander@${version}`,
    licenses: [{ license: { id: 'MIT' } }],
    hashes: [{ alg: 'SHA-512', content }],
  });
  expect(document.components[1].purl).toMatch(/^pkg:npm\/%40grpc\/grpc-js@\d/);
});

test('the same content has the same serial number, other content another one', () => {
  const serialOf = (names: readonly string[]): string =>
    JSON.parse(renderSbom('x', release, npmComponents(names))).serialNumber;
  expect(serialOf(['commander'])).toBe(serialOf(['commander']));
  expect(serialOf(['commander'])).not.toBe(serialOf(['yaml']));
  expect(serialOf(['yaml'])).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a package that is not locked is refused', () => {
  expect(() => npmComponents(['no-such-package'])).toThrow('package-lock.json has no no-such-package');
});
