/** Versions of Debian and RPM packages. */

/**
 * Returns the version with tildes instead of hyphens. Package managers sort a tilde before the end of the version, and so a pre-release
 * before its release. Sources: deb-version(7), https://rpm-software-management.github.io/rpm/manual/dependencies.html
 */
export function packageVersion(version: string): string {
  return version.replaceAll('-', '~');
}
