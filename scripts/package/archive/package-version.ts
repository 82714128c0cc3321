/** Writes versions of Debian and RPM packages. */

/**
 * Returns the version with tildes instead of hyphens, such as `0.3.0~rc.1`. dpkg and rpm sort a tilde before the end of a version, so that
 * a pre-release is older than its release. A hyphen would separate the version from the release of the package.
 * Sources: deb-version(7), https://rpm-software-management.github.io/rpm/manual/dependencies.html
 */
export function packageVersion(version: string): string {
  return version.replaceAll('-', '~');
}
