/** Secrets that the stack creates on its first start: one file each, mode 0600. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Returns the file's secret. Creates the file with 24 random bytes in base64url when it does not exist or is empty. */
export function ensureSecret(file: string): string {
  const existing = tryReadSecret(file);
  if (existing !== undefined && existing !== '') return existing;
  const created = randomBytes(24).toString('base64url');
  writeSecret(file, created);
  return created;
}

/** Returns the file's text without the final newline; undefined when the file does not exist. */
export function tryReadSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

export function writeSecret(file: string, value: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${value}\n`, { mode: 0o600 });
}
