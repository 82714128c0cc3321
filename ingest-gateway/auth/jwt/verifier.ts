/** Verifies JWTs: signature, time, issuer and audience. The claims `scope` and `host` grant the access. */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type Principal, scopes } from '../../../common/http/auth.ts';
import { HttpProblem } from '../../../common/http/problem.ts';
import type { Log } from '../../../common/program/log.ts';
import { hostName } from '../../schema/fields.ts';
import type { KeySource } from './key-source.ts';
import type { JwtConfig } from './settings.ts';

export interface JwtVerifier {
  /** Returns undefined for an invalid token. Throws 503 when the keys of the issuer are unavailable. */
  find(token: string): Promise<Principal | undefined>;
}

export interface JwtVerifierOptions {
  readonly keys: KeySource;
  readonly config: JwtConfig;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Far more than claims need; a header can hold 16 KiB. */
const maxLength = 8_192;

export function createJwtVerifier({ keys, config, log, now }: JwtVerifierOptions): JwtVerifier {
  const { jwtIssuer: issuer, jwtAudience: audience, jwtLeewayMs } = config;

  async function find(token: string): Promise<Principal | undefined> {
    if (token.length > maxLength) return undefined;
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        algorithms: [...keys.algorithms],
        requiredClaims: ['exp'],
        clockTolerance: jwtLeewayMs / 1_000,
        currentDate: new Date(now()),
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
      });
      // RFC 7519, section 4.1.3: a token for another audience must be refused.
      if (audience === undefined && payload.aud !== undefined) return refuse('aud: auth.jwt.audience is not set');
      return holderOf(payload) ?? refuse('host: expected a host name');
    } catch (error) {
      if (isTokensFault(error)) return refuse(error.message);
      log.error('the keys of JWTs are unavailable; callers get 503 and retry', { error });
      throw new HttpProblem(503, 'the keys of the issuer are unavailable, so the credential cannot be checked', {
        cause: error,
        headers: { 'Retry-After': '10' },
      });
    }
  }

  /** The caller learns nothing more than for an unknown key. The debug log has the reason. */
  function refuse(reason: string): undefined {
    log.debug('a JWT was refused', { reason });
  }

  return { find };
}

/** Faults of the token. Other errors are faults of the key source: no answer, no key set, an unreadable key. */
const tokenFaults: readonly string[] = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
].map(({ code }) => code);

function isTokensFault(error: unknown): error is Error {
  return error instanceof errors.JOSEError && tokenFaults.includes(error.code);
}

/** Returns undefined when `host` is not a host name: treating it as absent would grant access to every host. */
function holderOf({ iss = '', sub, scope, host }: JWTPayload): Principal | undefined {
  const words: readonly unknown[] = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope : [];
  const name = sub ?? 'jwt';
  const holder = {
    kind: 'jwt',
    id: `${iss}#${name}`,
    name,
    scopes: scopes.filter((each) => words.includes(each)),
  } as const;
  if (host === undefined) return holder;
  const parsed = hostName.safeParse(host);
  return parsed.success ? { ...holder, host: parsed.data } : undefined;
}
