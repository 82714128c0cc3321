/** Where the keys of JWTs come from; with each, the only algorithms that it may be used for. */
import { createSecretKey } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import type { Log } from '../../../common/program/log.ts';
import { fileSignature, readKeySet } from './key-set.ts';
import type { JwtConfig } from './settings.ts';

export interface KeySource {
  /** A token that names another is refused before any key is looked at: a public key can never be taken for a secret. */
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

/** Undefined where no setting names one. Throws a `KeySetError` for a file that is none. */
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

/** A change that is no key set leaves the keys before it in force, and is logged once. */
function fromFile(file: string, log: Log): JWTVerifyGetKey {
  let signature = fileSignature(file);
  let keys = createLocalJWKSet(readKeySet(file));
  return (header, token) => {
    const current = fileSignature(file);
    if (current !== signature) {
      signature = current;
      try {
        keys = createLocalJWKSet(readKeySet(file));
        log.info('keys of JWTs read again', { file });
      } catch (error) {
        log.error('the changed keys of JWTs are no key set; those before stay in force', { file, error });
      }
    }
    return keys(header, token);
  };
}

/** An issuer may be away for so long before its keys are not trusted any more. */
const keptMs = 24 * 3_600_000;
/** Asked again beside the calls, so that a key withdrawn is out soon, and no call waits. */
const refreshMs = 10 * 60_000;
/** A token with an unknown key id makes us ask at most this often. */
const cooldownMs = 30_000;
const timeoutMs = 5_000;

function fromUrl(url: URL, log: Log): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, {
    cacheMaxAge: keptMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
  });
  let refreshedMs: number | undefined;
  return (header, token) => {
    const nowMs = performance.now();
    if (refreshedMs !== undefined && nowMs - refreshedMs >= refreshMs)
      keys.reload().catch((error: unknown) => {
        log.warn('the issuer did not give its keys; those known stay in force for a day', { error });
      });
    if (refreshedMs === undefined || nowMs - refreshedMs >= refreshMs) refreshedMs = nowMs;
    return keys(header, token);
  };
}
