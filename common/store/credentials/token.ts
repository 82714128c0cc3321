/** Secret tokens of 256 random bits. The store keeps only their SHA-256. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Returns a new token: 43 characters of base64url. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Returns the SHA-256 in hex. A slow hash protects passwords that people choose; 256 random bits need none. */
export function hashToken(token: string): string {
  return hash('sha256', token);
}

/** Compares two hashes in constant time. */
export function equalHashes(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
