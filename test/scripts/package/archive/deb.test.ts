/** Unpacks written packages with dpkg. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { writeDeb } from '../../../../scripts/package/archive/deb.ts';
import { completeEntries } from '../../../../scripts/package/archive/entry.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-deb-'));
afterAll(() => rmSync(folder, { recursive: true }));

function writePackage(name: string): string {
  const entries = completeEntries([{ path: `usr/bin/${name}`, mode: 0o755, content: Buffer.from('#!/bin/sh\n') }]);
  const description = {
    name,
    version: '1.2.3',
    architecture: 'amd64',
    summary: 'a package',
    details: 'Two words.',
    depends: ['libc6'],
    configFiles: [],
    scripts: { postinst: '#!/bin/sh\n', prerm: '#!/bin/sh\n', postrm: '#!/bin/sh\n' },
    compression: 'xz',
  } as const;
  const { file, content } = writeDeb({ ...description, entries }, 1_700_000_000);
  writeFileSync(join(folder, file), content);
  return join(folder, file);
}

test('dpkg unpacks a package beside another package', () => {
  const root = join(folder, 'root');
  for (const path of ['info', 'updates', 'triggers']) mkdirSync(join(root, 'var/lib/dpkg', path), { recursive: true });
  writeFileSync(join(root, 'var/lib/dpkg/status'), '');
  const packages = ['first', 'second'].map(writePackage);
  for (const path of packages)
    execFileSync('dpkg', [`--root=${root}`, '--force-not-root', '--force-bad-path', '--unpack', path], {
      stdio: 'pipe',
    });
  expect(readFileSync(join(root, 'usr/bin/second'), 'utf8')).toBe('#!/bin/sh\n');
});
