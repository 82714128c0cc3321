/** Secrets that the stack makes for itself on its first start and keeps: one file each, mode 0600. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The file's secret; on the first call 24 random bytes in base64url are written there. */
export function keepSecret(file: string): string {
  const kept = tryReadSecret(file);
  if (kept !== undefined) return kept;
  const made = randomBytes(24).toString('base64url');
  writeSecret(file, made);
  return made;
}

/** The file's text without the final newline; undefined when there is no such file. */
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
