/** Secrets that we hand out: 256 random bits, of which only the SHA-256 stays here. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 43 characters of base64url. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}

/** In hex. A slow hash would protect what people choose; 256 random bits cannot be guessed at any speed. */
export function hashToken(token: string): string {
  return hash('sha256', token);
}

/** Compares two hashes in a time that does not tell how much of them is the same. */
export function equalHashes(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
