/** The source of the keys of JWTs, with the algorithms allowed for it. */
import { createSecretKey } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import type { Log } from '../../../common/program/log.ts';
import { fileSignature, readKeySet } from './key-set.ts';
import type { JwtConfig } from './settings.ts';

export interface KeySource {
  /** A token with another algorithm is refused before a key is selected, so that a public key is never used as a secret. */
  readonly algorithms: readonly string[];
  readonly find: JWTVerifyGetKey;
}

const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Returns undefined when no setting names a source. Throws a `KeySetError` for an invalid file. */
export function createKeySource(config: JwtConfig, log: Log): KeySource | undefined {
  const { jwtSecret, jwtKeySetFile, jwtKeySetUrl } = config;
  if (jwtSecret !== undefined) {
    const key = createSecretKey(Buffer.from(jwtSecret.reveal()));
    return { algorithms: ['HS256'], find: async () => key };
  }
  if (jwtKeySetFile !== undefined) return { algorithms: asymmetric, find: fromFile(jwtKeySetFile, log) };
  if (jwtKeySetUrl !== undefined) return { algorithms: asymmetric, find: fromUrl(new URL(jwtKeySetUrl), log) };
  return undefined;
}

/** Reads the file again when it changes. An invalid change is logged once, and the previous keys stay active. */
function fromFile(file: string, log: Log): JWTVerifyGetKey {
  let signature = fileSignature(file);
  let keys = createLocalJWKSet(readKeySet(file));
  return (header, token) => {
    const current = fileSignature(file);
    if (current !== signature) {
      signature = current;
      try {
        keys = createLocalJWKSet(readKeySet(file));
        log.info('reloaded the keys of JWTs', { file });
      } catch (error) {
        log.error('the changed file is not a valid key set; the previous keys stay active', { file, error });
      }
    }
    return keys(header, token);
  };
}

/** How long keys are used while the issuer is unreachable. */
const cachedMs = 24 * 3_600_000;
/** Keys are refreshed in the background, so that a withdrawn key is dropped soon and no call waits. */
const refreshMs = 10 * 60_000;
/** The shortest time between requests caused by tokens with an unknown key id. */
const cooldownMs = 30_000;
const timeoutMs = 5_000;

function fromUrl(url: URL, log: Log): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, {
    cacheMaxAge: cachedMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
  });
  let refreshedMs: number | undefined;
  return (header, token) => {
    const nowMs = performance.now();
    if (refreshedMs !== undefined && nowMs - refreshedMs >= refreshMs)
      keys.reload().catch((error: unknown) => {
        log.warn('the issuer did not return its keys; the cached keys stay valid for a day', { error });
      });
    if (refreshedMs === undefined || nowMs - refreshedMs >= refreshMs) refreshedMs = nowMs;
    return keys(header, token);
  };
}
