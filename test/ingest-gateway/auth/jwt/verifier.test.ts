/** JWTs as credentials: accepted tokens and their principals, and refused tokens. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { loadConfig } from '../../../../common/program/settings/config.ts';
import { Secret } from '../../../../common/program/settings/secret.ts';
import { checkConfig, type GatewayConfig, settings } from '../../../../ingest-gateway/config.ts';
import { type RunningGateway, startGateway } from '../../../support/gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-jwt-'));
const secret = 'a secret of more than thirty-two bytes';
const issuer = 'https://login.example.com';
let gateway: RunningGateway | undefined;

afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(overrides: Partial<GatewayConfig>): Promise<void> {
  gateway = await startGateway({ failedCredentialsPerMinute: 1_000, ...overrides });
}

async function ask(token: string, path = '/api/v1/alerts'): Promise<Response> {
  if (gateway === undefined) throw new Error('start a gateway first');
  return gateway.fetch(path, { headers: { authorization: `Bearer ${token}` } });
}

const seconds = () => Math.floor(Date.now() / 1_000);
const usual = (): JWTPayload => ({ sub: 'grafana', scope: 'read', exp: seconds() + 600 });

function sign(claims: JWTPayload, key: CryptoKey | Uint8Array, header: { alg: string; kid?: string }): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

const withSecret = (claims: JWTPayload, alg = 'HS256') => sign(claims, Buffer.from(secret), { alg });

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

describe('with a secret', () => {
  test.each<[string, Readonly<Record<string, unknown>>, number]>([
    ['scope as words', { scope: 'push read' }, 200],
    ['scope as a list', { scope: ['read'] }, 200],
    ['admin holds read', { scope: 'admin' }, 200],
    ['another scope', { scope: 'push' }, 403],
    ['a scope of another service', { scope: 'openid reader' }, 403],
    ['no scope', { scope: undefined }, 403],
    ['bound to a host', { host: 'web-1' }, 200],
    ['bound to what is no host', { host: '' }, 401],
    ['bound to several', { host: ['web-1', 'web-2'] }, 401],
    ['bound to null', { host: null }, 401],
    ['expired within the leeway', { exp: () => seconds() - 20 }, 200],
    ['expired', { exp: () => seconds() - 40 }, 401],
    ['without an end', { exp: undefined }, 401],
    ['an end that is no number', { exp: 'tomorrow' }, 401],
    ['not yet valid', { nbf: () => seconds() + 600 }, 401],
    ['for another program', { aud: 'billing' }, 401],
    ['of any issuer', { iss: 'https://elsewhere.example' }, 200],
  ])('%s: %j is %i', async (_what, claims, status) => {
    await start({ jwtSecret: new Secret(secret) });
    // Times are relative to the creation of the token, not to the evaluation of the table.
    const now = Object.entries(claims).map(([name, value]) => [name, typeof value === 'function' ? value() : value]);
    const answer = await ask(await withSecret({ ...usual(), ...Object.fromEntries(now) } as JWTPayload));
    expect(answer.status).toBe(status);
    if (status === 401) {
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="hostpulse", error="invalid_token"');
      expect(await answer.json()).toMatchObject({ title: 'the credential is unknown, expired or revoked' });
      expect(gateway?.log()).toContain('a JWT was refused');
    }
  });

  test('refuses another algorithm, another secret, a changed token and an unsigned token', async () => {
    await start({ jwtSecret: new Secret(secret) });
    const good = await withSecret(usual());
    expect((await ask(good)).status).toBe(200);
    const [head, body, signature] = good.split('.') as [string, string, string];
    const unsigned = `${encode({ alg: 'none' })}.${body}`;
    for (const bad of [
      await withSecret(usual(), 'HS512'),
      await sign(usual(), Buffer.from(`${secret}.`), { alg: 'HS256' }),
      `${head}.${encode({ ...usual(), scope: 'admin' })}.${signature}`,
      `${head}.${body}.${signature.slice(0, -4)}`,
      `${unsigned}.AA`,
      `${unsigned}.`,
      'a.b.c',
      await withSecret({ ...usual(), padding: 'x'.repeat(9_000) }),
    ])
      expect([bad.slice(0, 60), (await ask(bad)).status]).toEqual([bad.slice(0, 60), 401]);
  });

  test('API keys stay valid', async () => {
    await start({ jwtSecret: new Secret(secret) });
    expect((await gateway?.get('/api/v1/alerts'))?.status).toBe(200);
  });

  test('checks issuer and audience if they are set', async () => {
    await start({ jwtSecret: new Secret(secret), jwtIssuer: issuer, jwtAudience: 'hostpulse' });
    const status = async (claims: JWTPayload) => (await ask(await withSecret({ ...usual(), ...claims }))).status;
    expect(await status({ iss: issuer, aud: 'hostpulse' })).toBe(200);
    expect(await status({ iss: issuer, aud: ['other', 'hostpulse'] })).toBe(200);
    for (const claims of [
      {},
      { iss: issuer },
      { aud: 'hostpulse' },
      { iss: issuer, aud: 'other' },
      { iss: 'x', aud: 'hostpulse' },
    ])
      expect([claims, await status(claims)]).toEqual([claims, 401]);
  });

  test('a token with a host claim reads only that host', async () => {
    await start({ jwtSecret: new Secret(secret) });
    const token = await withSecret({ ...usual(), host: 'web-1' });
    expect((await ask(token, '/api/v1/alerts?host=web-1')).status).toBe(200);
    expect((await ask(token, '/api/v1/alerts?host=web-2')).status).toBe(403);
    expect((await ask(token, '/api/v1/rules')).status).toBe(403);
  });

  test('without settings every JWT is refused', async () => {
    await start({});
    expect((await ask(await withSecret(usual()))).status).toBe(401);
  });
});

interface Signer {
  readonly jwk: object;
  readonly publicPem: string;
  readonly sign: (claims: JWTPayload, header?: { kid?: string }) => Promise<string>;
}

async function signer(alg: string, kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg },
    publicPem: await exportSPKI(publicKey),
    sign: (claims, header = { kid }) => sign(claims, privateKey, { alg, ...header }),
  };
}

describe('with a key set', () => {
  const file = join(folder, 'keys.json');
  const write = (...signers: readonly Signer[]) =>
    writeFileSync(file, JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }));

  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('%s', async (alg) => {
    const [ours, theirs] = [await signer(alg, 'one'), await signer(alg, 'one')];
    write(ours);
    await start({ jwtKeySetFile: file });
    expect((await ask(await ours.sign(usual()))).status).toBe(200);
    expect((await ask(await ours.sign(usual(), {}))).status).toBe(200);
    expect((await ask(await theirs.sign(usual()))).status).toBe(401);
    expect((await ask(await ours.sign(usual(), { kid: 'two' }))).status).toBe(401);
  });

  test('a public key is never used as a secret', async () => {
    const ours = await signer('RS256', 'one');
    write(ours);
    await start({ jwtKeySetFile: file });
    const { n } = ours.jwk as { n: string };
    const material = [ours.publicPem, ours.publicPem.trim(), JSON.stringify(ours.jwk), n, Buffer.from(n, 'base64url')];
    for (const key of material) {
      for (const header of [{ alg: 'HS256', kid: 'one' }, { alg: 'HS256' }]) {
        const signed = `${encode(header)}.${encode({ ...usual(), scope: 'admin' })}`;
        const forged = `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
        expect((await ask(forged)).status).toBe(401);
      }
    }
  });

  test('a key inside the token is ignored', async () => {
    const [ours, theirs] = [await signer('ES256', 'one'), await signer('ES256', 'two')];
    write(ours);
    await start({ jwtKeySetFile: file });
    expect((await ask(await theirs.sign(usual(), { kid: 'one', jwk: theirs.jwk } as { kid: string }))).status).toBe(
      401,
    );
  });

  test('the file is reloaded on change; an invalid file changes nothing', async () => {
    const [first, second] = [await signer('ES256', 'one'), await signer('ES256', 'two')];
    write(first);
    await start({ jwtKeySetFile: file });
    expect((await ask(await second.sign(usual()))).status).toBe(401);
    write(first, second);
    expect((await ask(await second.sign(usual()))).status).toBe(200);
    writeFileSync(file, '{"keys": [');
    expect((await ask(await second.sign(usual()))).status).toBe(200);
    expect(gateway?.log()).toContain('the previous keys stay active');
    write(second);
    expect((await ask(await first.sign(usual()))).status).toBe(401);
  });
});

describe('with the key set of an issuer', () => {
  async function startIssuer(signers: readonly Signer[]) {
    const state = { asked: 0, isAway: true };
    const server = createServer((_request, response) => {
      state.asked += 1;
      if (state.isAway) response.writeHead(500).end('secret words of the issuer');
      else
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    return { state, url, stop: () => new Promise((resolve) => server.close(resolve)) };
  }

  test('the issuer is asked once; while it is unreachable, no credential is called wrong', async () => {
    const [ours, theirs] = [await signer('ES256', 'one'), await signer('ES256', 'two')];
    const { state, url, stop } = await startIssuer([ours]);
    try {
      await start({ jwtKeySetUrl: url });
      const token = await ours.sign(usual());
      const away = await ask(token);
      expect([away.status, away.headers.get('retry-after')]).toEqual([503, '10']);
      expect(await away.text()).not.toMatch(/secret words|127\.0\.0\.1/);
      state.isAway = false;
      expect((await ask(token)).status).toBe(200);
      const { asked } = state;
      for (let each = 0; each < 20; each += 1) {
        expect((await ask(token)).status).toBe(200);
        expect((await ask(await theirs.sign(usual()))).status).toBe(401);
      }
      expect(state.asked).toBe(asked);
      expect((await gateway?.get('/api/v1/alerts'))?.status).toBe(200);
    } finally {
      await gateway?.stop();
      gateway = undefined;
      await stop();
    }
  });
});

describe('settings', () => {
  function check(
    flags: Readonly<Record<string, string>>,
    environment: Readonly<Record<string, string>> = {},
  ): string[] {
    try {
      const config = loadConfig(settings, { program: 'gateway', flags, environment });
      return checkConfig(config).map(({ place, expected, got }) => `${place}: expected ${expected}, got ${got}`);
    } catch (thrown) {
      return [(thrown as Error).message];
    }
  }
  const bySecret = (value: string) => ({ HOSTPULSE_GATEWAY_AUTH_JWT_SECRET: value });
  const file = join(folder, 'settings.json');

  test('checks a secret', () => {
    expect(check({}, bySecret(secret))).toEqual([]);
    expect(check({}, bySecret('short'))).toEqual(['auth.jwt.secret: expected at least 32 bytes, got 5 bytes']);
    expect(check({ 'auth.jwt.issuer': issuer })).toEqual([
      'auth.jwt.issuer: expected auth.jwt.secret, auth.jwt.jwks_file or auth.jwt.jwks_url beside it, got none of them',
    ]);
    expect(check({ 'auth.jwt.jwks-url': 'https://login.example.com/keys' }, bySecret(secret))).toEqual([
      'auth.jwt.jwks_url: expected no value, because auth.jwt.secret has one, got a value',
    ]);
  });

  test('the URL of an issuer must use TLS, except on loopback', () => {
    for (const url of ['https://login.example.com/keys', 'http://127.0.0.1:8080/keys', 'http://localhost/keys'])
      expect(check({ 'auth.jwt.jwks-url': url })).toEqual([]);
    expect(check({ 'auth.jwt.jwks-url': 'http://login.example.com/keys' })).toEqual([
      '--auth.jwt.jwks-url: expected an https:// URL, or http:// on this machine, got "http://login.example.com/keys"',
    ]);
  });

  test.each([
    ['nothing', undefined, /expected a readable file, got ENOENT/],
    ['no JSON', '{', /expected a JSON Web Key Set, got no JSON/],
    ['no keys', '{"keys": []}', /with at least one key/],
    [
      'a shared secret',
      '{"keys": [{"kty": "oct", "k": "AAAA"}]}',
      /expected public keys of kind RSA, EC or OKP, got another keys\[0\]/,
    ],
    [
      'a private key',
      '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "SECRET"}]}',
      /got a private key as keys\[0\]$/,
    ],
  ])('of a file that holds %s', (_what, text, complaint) => {
    rmSync(file, { force: true });
    if (text !== undefined) writeFileSync(file, text);
    const found = check({ 'auth.jwt.jwks-file': file });
    expect(found).toEqual([expect.stringMatching(complaint)]);
    expect(found[0]).not.toContain('SECRET');
  });
});
