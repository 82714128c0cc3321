/**
 * Handles paths as the kernel does: as bytes, which need not be UTF-8. A byte path is a string with one character per
 * byte, so that names with other encodings can be compared, joined and passed to system calls.
 */

export function bytePathOf(path: string): string {
  return isAscii(path) ? path : Buffer.from(path, 'utf8').toString('latin1');
}

/** Returns the path for Node's file functions. */
export function systemPath(bytePath: string): string | Buffer {
  return isAscii(bytePath) ? bytePath : Buffer.from(bytePath, 'latin1');
}

/** Decodes UTF-8 for labels; each run of invalid bytes becomes one U+FFFD. */
export function decodePath(bytePath: string): string {
  if (isAscii(bytePath)) return bytePath;
  return Buffer.from(bytePath, 'latin1')
    .toString('utf8')
    .replaceAll(/\uFFFD+/g, '\uFFFD');
}

export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
