/** Compares package versions with dpkg where dpkg is installed. */
import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { packageVersion } from '../../../../scripts/package/archive/package-version.ts';

const hasDpkg = spawnSync('dpkg', ['--version']).status === 0;

test('a pre-release has tildes, a release is unchanged', () => {
  expect(packageVersion('0.3.0-rc.1')).toBe('0.3.0~rc.1');
  expect(packageVersion('0.3.0')).toBe('0.3.0');
});

(hasDpkg ? test : test.skip)('dpkg upgrades a pre-release to its release, and to the next pre-release', () => {
  const isBefore = (one: string, other: string): boolean =>
    spawnSync('dpkg', ['--compare-versions', packageVersion(one), 'lt', packageVersion(other)]).status === 0;
  expect(isBefore('0.3.0-rc.1', '0.3.0')).toBe(true);
  expect(isBefore('0.3.0-rc.1', '0.3.0-rc.2')).toBe(true);
  expect(isBefore('0.2.9', '0.3.0-rc.1')).toBe(true);
});
