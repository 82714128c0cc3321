/** Settings of JWTs: the source of the keys and the required claims. Without them, only API keys are accepted. */
import type { Problem } from '../../../common/program/settings/config.ts';
import {
  describeValue,
  path,
  type SettingType,
  secret,
  text,
  url,
} from '../../../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../../../common/program/settings/settings.ts';
import { duration } from '../../../common/program/settings/units.ts';
import { KeySetError, readKeySet } from './key-set.ts';

/** Requires TLS: anyone who can modify a plain HTTP answer can forge tokens. */
const keySetUrl: SettingType<string> = {
  ...url,
  parse(raw) {
    const parsed = url.parse(raw);
    if (!('value' in parsed) || isSafe(new URL(parsed.value))) return parsed;
    const expected = 'an https:// URL, or http:// on this machine';
    return { faults: [{ path: [], expected, got: describeValue(raw) }] };
  },
};

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

export const jwtSettings = {
  jwtSecret: optional({
    path: 'auth.jwt.secret',
    help: 'secret of at least 32 bytes that signs JWTs (HS256)',
    type: secret,
  }),
  jwtKeySetFile: optional({
    path: 'auth.jwt.jwks_file',
    help: 'file with the public keys of JWTs, a JSON Web Key Set (RS, PS, ES, EdDSA); reloaded on change',
    type: path,
  }),
  jwtKeySetUrl: optional({
    path: 'auth.jwt.jwks_url',
    help: 'URL of the JSON Web Key Set of an issuer',
    type: keySetUrl,
  }),
  jwtIssuer: optional({ path: 'auth.jwt.issuer', help: 'required value of the claim iss', type: text }),
  jwtAudience: optional({
    path: 'auth.jwt.audience',
    help: 'required member of the claim aud; if not set, tokens with this claim are refused',
    type: text,
  }),
  jwtLeewayMs: setting({
    path: 'auth.jwt.leeway',
    help: 'maximum difference between the clocks of issuer and gateway',
    type: duration({ minMs: 0 }),
    default: 30_000,
  }),
} satisfies Settings;

export type JwtConfig = ConfigOf<typeof jwtSettings>;

/** RFC 7518, section 3.2: a key of the hash's size or larger. */
const minSecretBytes = 32;

export function checkJwt(config: JwtConfig): readonly Problem[] {
  const { jwtSecret, jwtKeySetFile } = config;
  const given = keySources(config);
  const problems: Problem[] = [];
  if (given.length > 1)
    problems.push({ place: given[1] as string, expected: `no value, because ${given[0]} has one`, got: 'a value' });
  for (const [name, value] of [
    ['issuer', config.jwtIssuer],
    ['audience', config.jwtAudience],
  ] as const) {
    if (value === undefined || given.length > 0) continue;
    const expected = 'auth.jwt.secret, auth.jwt.jwks_file or auth.jwt.jwks_url beside it';
    problems.push({ place: `auth.jwt.${name}`, expected, got: 'none of them' });
  }
  const bytes = jwtSecret === undefined ? minSecretBytes : Buffer.byteLength(jwtSecret.reveal());
  if (bytes < minSecretBytes)
    problems.push({ place: 'auth.jwt.secret', expected: `at least ${minSecretBytes} bytes`, got: `${bytes} bytes` });
  if (jwtKeySetFile !== undefined) problems.push(...keySetProblems(jwtKeySetFile));
  return problems;
}

/** Returns the names of the key source settings that have a value. */
export function keySources({ jwtSecret, jwtKeySetFile, jwtKeySetUrl }: JwtConfig): readonly string[] {
  return [
    ...(jwtSecret === undefined ? [] : ['auth.jwt.secret']),
    ...(jwtKeySetFile === undefined ? [] : ['auth.jwt.jwks_file']),
    ...(jwtKeySetUrl === undefined ? [] : ['auth.jwt.jwks_url']),
  ];
}

function keySetProblems(file: string): readonly Problem[] {
  try {
    readKeySet(file);
    return [];
  } catch (error) {
    if (!(error instanceof KeySetError)) throw error;
    return [{ place: `auth.jwt.jwks_file: ${file}`, expected: error.expected, got: error.got }];
  }
}
