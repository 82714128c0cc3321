/** Compresses the contents of Debian and RPM packages. Equal inputs give equal bytes on every machine. */
import { spawnSync } from 'node:child_process';
import { constants, zstdCompressSync } from 'node:zlib';

/** Compresses with one thread, because the bytes depend on the number of threads. Throws when the program xz is not installed. */
export function compressXz(input: Buffer): Buffer {
  const args = ['--compress', '--stdout', '-6', '--threads=1'];
  const { status, stdout, stderr, error } = spawnSync('xz', args, { input, maxBuffer: 2 ** 30 });
  if (error !== undefined)
    throw new Error('the program xz is needed for Debian and RPM packages (package xz-utils or xz)', { cause: error });
  if (status !== 0) throw new Error(`xz ended with exit code ${status}: ${String(stderr)}`);
  return stdout;
}

/**
 * Compresses large contents faster than xz, with the largest window that dpkg accepts. dpkg reads zstd since Debian 12 and Ubuntu
 * 22.04.
 */
export function compressZstd(input: Buffer): Buffer {
  const params = {
    [constants.ZSTD_c_compressionLevel]: 9,
    [constants.ZSTD_c_windowLog]: 27,
    [constants.ZSTD_c_enableLongDistanceMatching]: 1,
  };
  return zstdCompressSync(input, { params });
}
