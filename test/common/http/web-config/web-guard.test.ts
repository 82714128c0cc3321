/** Listeners with a web configuration file, over real TLS with certificates of openssl. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingHttpHeaders } from 'node:http';
import { get as httpsGet, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import bcrypt from 'bcryptjs';
import { createHttpServer, type HttpServer } from '../../../../common/http/server.ts';
import { createGuardedServers, webConfigProblems } from '../../../../common/http/web-config/web-guard.ts';
import { type Authority, type Certificate, createAuthority } from '../../../support/certificates.ts';
import { createLogLines } from '../../../support/log-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-web-'));
const hash = bcrypt.hashSync('right', 4);

let ca: Authority;
let otherCa: Authority;
let server: Certificate;
let client: Certificate;
let stranger: Certificate;

beforeAll(() => {
  ca = createAuthority(folder, 'ca');
  otherCa = createAuthority(folder, 'other-ca');
  server = ca.issue('server', 'DNS:localhost,IP:127.0.0.1');
  client = ca.issue('client', 'DNS:prometheus.example,URI:spiffe://fleet/prometheus');
  stranger = otherCa.issue('stranger', 'DNS:prometheus.example');
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(options: RequestOptions): Promise<Reply> {
  const get = options.protocol === 'http:' ? httpGet : httpsGet;
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body });
      });
    }).on('error', reject);
  });
}

interface Running {
  readonly file: string;
  readonly port: number;
  readonly logged: ReturnType<typeof createLogLines>;
}

/** Runs `use` against a listener configured by the text. */
async function underFile(text: string, use: (running: Running) => Promise<void>): Promise<void> {
  const file = join(mkdtempSync(join(folder, 'case-')), 'web.yml');
  writeFileSync(file, text);
  const logged = createLogLines();
  const listener: HttpServer = createHttpServer({
    addresses: [{ host: '127.0.0.1', port: 0 }],
    handler: (_, response) => response.end('hello'),
    log: logged.log,
    createServer: createGuardedServers(file, logged.log),
  });
  await listener.start();
  try {
    await use({ file, port: listener.bound()[0]?.port ?? 0, logged });
  } finally {
    await listener.stop();
  }
}

const tlsLines = (extra = ''): string =>
  `tls_server_config:\n  cert_file: ${server.certFile}\n  key_file: ${server.keyFile}\n${extra}`;

const trusted = () => ({ ca: readFileSync(ca.certFile) });
const withCertificate = ({ certFile, keyFile }: Certificate) => ({
  ...trusted(),
  cert: readFileSync(certFile),
  key: readFileSync(keyFile),
});
const basic = (user: string, password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});

describe('TLS', () => {
  test('serves the certificate and refuses plain HTTP', async () => {
    await underFile(tlsLines(), async ({ port }) => {
      expect((await ask({ port, ...trusted() })).body).toBe('hello');
      await expect(ask({ port, ca: readFileSync(otherCa.certFile) })).rejects.toThrow(/certificate/);
      await expect(ask({ port, protocol: 'http:' })).rejects.toThrow();
    });
  });

  test('relative paths are resolved from the folder of the file', async () => {
    const text = 'tls_server_config: {cert_file: ../server.crt, key_file: ../server.key}\n';
    await underFile(text, async ({ port }) => {
      expect((await ask({ port, ...trusted() })).body).toBe('hello');
    });
  });

  test('accepts certificate and key inline', async () => {
    const indent = (path: string) => readFileSync(path, 'utf8').replaceAll(/^/gm, '    ');
    const text = `tls_server_config:\n  cert: |\n${indent(server.certFile)}\n  key: |\n${indent(server.keyFile)}\n`;
    await underFile(text, async ({ port }) => {
      expect((await ask({ port, ...trusted() })).body).toBe('hello');
    });
  });

  test('accepts TLS 1.2 and 1.3 by default', async () => {
    const only = (version: 'TLSv1.2' | 'TLSv1.3') => ({ minVersion: version, maxVersion: version });
    await underFile(tlsLines(), async ({ port }) => {
      expect((await ask({ port, ...trusted(), ...only('TLSv1.2') })).body).toBe('hello');
      expect((await ask({ port, ...trusted(), ...only('TLSv1.3') })).body).toBe('hello');
      await expect(ask({ port, ...trusted(), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
    });
    await underFile(tlsLines('  min_version: TLS13\n'), async ({ port }) => {
      expect((await ask({ port, ...trusted() })).body).toBe('hello');
      await expect(ask({ port, ...trusted(), ...only('TLSv1.2') })).rejects.toThrow();
    });
  });

  test('offers only the configured cipher suites and curves', async () => {
    const suites = '  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n  curve_preferences: [CurveP256]\n';
    await underFile(tlsLines(`  max_version: TLS12\n${suites}`), async ({ port }) => {
      const using = (ciphers: string) => ask({ port, ...trusted(), ciphers });
      expect((await using('ECDHE-ECDSA-AES256-GCM-SHA384')).body).toBe('hello');
      await expect(using('ECDHE-ECDSA-AES128-GCM-SHA256')).rejects.toThrow();
      await expect(ask({ port, ...trusted(), ecdhCurve: 'P-384' })).rejects.toThrow();
    });
  });
});

describe('client certificates', () => {
  const policy = (type: string, extra = '') =>
    tlsLines(`  client_auth_type: ${type}\n  client_ca_file: ${ca.certFile}\n${extra}`);

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('RequireAndVerifyClientCert over %s', async (version) => {
    const only = { minVersion: version, maxVersion: version };
    await underFile(policy('RequireAndVerifyClientCert'), async ({ port }) => {
      expect((await ask({ port, ...withCertificate(client), ...only })).body).toBe('hello');
      await expect(ask({ port, ...trusted(), ...only })).rejects.toThrow();
      await expect(ask({ port, ...withCertificate(stranger), ...only })).rejects.toThrow();
    });
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('VerifyClientCertIfGiven over %s', async (version) => {
    const only = { minVersion: version, maxVersion: version };
    await underFile(policy('VerifyClientCertIfGiven'), async ({ port }) => {
      expect((await ask({ port, ...withCertificate(client), ...only })).body).toBe('hello');
      expect((await ask({ port, ...trusted(), ...only })).body).toBe('hello');
      await expect(ask({ port, ...withCertificate(stranger), ...only })).rejects.toThrow();
    });
  });

  test.each(['RequireAnyClientCert', 'RequireClientCert'])('%s wants one of whomever', async (type) => {
    await underFile(tlsLines(`  client_auth_type: ${type}\n`), async ({ port }) => {
      expect((await ask({ port, ...withCertificate(stranger) })).body).toBe('hello');
      await expect(ask({ port, ...trusted() })).rejects.toThrow();
    });
  });

  test('RequestClientCert requests a certificate and accepts any or none', async () => {
    await underFile(tlsLines('  client_auth_type: RequestClientCert\n'), async ({ port }) => {
      expect((await ask({ port, ...withCertificate(stranger) })).body).toBe('hello');
      expect((await ask({ port, ...trusted() })).body).toBe('hello');
    });
  });

  test('client_allowed_sans accepts certificates with one of the names', async () => {
    const type = 'RequireAndVerifyClientCert';
    await underFile(policy(type, '  client_allowed_sans: ["spiffe://fleet/prometheus"]\n'), async ({ port }) => {
      expect((await ask({ port, ...withCertificate(client) })).body).toBe('hello');
    });
    await underFile(policy(type, '  client_allowed_sans: [prometheus.exampl, fleet]\n'), async ({ port }) => {
      await expect(ask({ port, ...withCertificate(client) })).rejects.toThrow();
    });
  });
});

describe('users', () => {
  const usersFile = `basic_auth_users:\n  alice: ${hash}\n`;

  test('accepts only the right password, over plain HTTP as well', async () => {
    await underFile(usersFile, async ({ port }) => {
      const as = (options: RequestOptions) => ask({ port, protocol: 'http:', ...options });
      for (let time = 0; time < 3; time++) {
        expect((await as(basic('alice', 'right'))).body).toBe('hello');
        expect((await as(basic('alice', 'wrong'))).status).toBe(401);
        expect((await as(basic('bob', 'right'))).status).toBe(401);
      }
      const bare = await as({});
      expect(bare.status).toBe(401);
      expect(bare.headers['www-authenticate']).toBe('Basic');
      expect(bare.body).not.toContain('hello');
      expect((await as({ headers: { authorization: `Bearer ${hash}` } })).status).toBe(401);
    });
  });
});

describe('headers and rate limit', () => {
  test('adds the configured headers to every response, including refusals', async () => {
    const text = `http_server_config:\n  headers:\n    X-Frame-Options: deny\n    Strict-Transport-Security: max-age=60\n    X-XSS-Protection: ""\nbasic_auth_users: {alice: ${hash}}\n`;
    await underFile(text, async ({ port }) => {
      for (const options of [basic('alice', 'right'), {}]) {
        const { headers } = await ask({ port, protocol: 'http:', ...options });
        expect(headers['x-frame-options']).toBe('deny');
        expect(headers['strict-transport-security']).toBe('max-age=60');
        expect(headers['x-xss-protection']).toBeUndefined();
      }
    });
  });

  test('answers 429 beyond the burst', async () => {
    await underFile('rate_limit: {interval: 1h, burst: 2}\n', async ({ port }) => {
      const statuses = [];
      for (let time = 0; time < 3; time++) statuses.push((await ask({ port, protocol: 'http:' })).status);
      expect(statuses).toEqual([200, 200, 429]);
    });
  });
});

describe('changes while running', () => {
  test('a new certificate, user list and client policy apply to the next request, without a restart', async () => {
    await underFile(`${tlsLines()}basic_auth_users: {alice: ${hash}}\n`, async ({ file, port }) => {
      expect((await ask({ port, ...trusted(), ...basic('alice', 'right') })).status).toBe(200);
      const renewed = otherCa.issue('renewed', 'DNS:localhost,IP:127.0.0.1');
      const lines = `tls_server_config:\n  cert_file: ${renewed.certFile}\n  key_file: ${renewed.keyFile}\n`;
      writeFileSync(file, `${lines}basic_auth_users: {bob: ${hash}}\n`);
      const now = { ca: readFileSync(otherCa.certFile) };
      expect((await ask({ port, ...now, ...basic('bob', 'right') })).status).toBe(200);
      expect((await ask({ port, ...now, ...basic('alice', 'right') })).status).toBe(401);
      const mutual = `  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ${ca.certFile}\n`;
      writeFileSync(file, `${lines}${mutual}`);
      await expect(ask({ port, ...now })).rejects.toThrow();
      expect((await ask({ port, ...withCertificate(client), ...now })).body).toBe('hello');
    });
  });

  test('a certificate renewed in place is served', async () => {
    const leaf = ca.issue('in-place', 'IP:127.0.0.1');
    const text = `tls_server_config: {cert_file: ${leaf.certFile}, key_file: ${leaf.keyFile}}\n`;
    await underFile(text, async ({ port }) => {
      expect((await ask({ port, ...trusted() })).body).toBe('hello');
      otherCa.issue('in-place', 'IP:127.0.0.1');
      expect((await ask({ port, ca: readFileSync(otherCa.certFile) })).body).toBe('hello');
    });
  });

  test('a resumed TLS session does not bypass the new policy', async () => {
    await underFile(tlsLines(), async ({ file, port }) => {
      const { Agent } = await import('node:https');
      const agent = new Agent({ maxCachedSessions: 10, keepAlive: false });
      const once = { port, ...trusted(), agent, maxVersion: 'TLSv1.2' as const };
      expect((await ask(once)).body).toBe('hello');
      writeFileSync(
        file,
        tlsLines(`  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ${ca.certFile}\n`),
      );
      await expect(ask(once)).rejects.toThrow();
    });
  });

  test('an invalid file changes nothing and is logged once', async () => {
    await underFile(`basic_auth_users: {alice: ${hash}}\n`, async ({ file, port, logged }) => {
      const as = (options: RequestOptions) => ask({ port, protocol: 'http:', ...options });
      for (const wrong of ['basic_auth_users: {alice: plain}\n', '{}: [', tlsLines()]) {
        const before = logged.messages('error').length;
        writeFileSync(file, wrong);
        for (let time = 0; time < 3; time++) {
          expect((await as({})).status).toBe(401);
          expect((await as(basic('alice', 'right'))).status).toBe(200);
        }
        expect(logged.messages('error')).toHaveLength(before + 1);
      }
      rmSync(file);
      expect((await as({})).status).toBe(401);
      expect(logged.messages('error')).toHaveLength(4);
    });
  });
});

describe('an invalid file', () => {
  const problemsOf = (text: string): readonly string[] => {
    const file = join(mkdtempSync(join(folder, 'case-')), 'web.yml');
    writeFileSync(file, text);
    return webConfigProblems(file).map(
      ({ place, expected, got }) => `${place.replace(`${file}`, 'web.yml')}: expected ${expected}, got ${got}`,
    );
  };

  test('every problem is reported with its line and without secrets', () => {
    const found = problemsOf(
      [
        'tls_server_config:',
        '  min_version: TLS14',
        '  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]',
        '  certfile: x',
        'basic_auth_users:',
        '  alice: hunter2',
        'http_server_config:',
        '  headers:',
        '    X-Frame-Options: maybe',
        'rate_limit: {interval: soon}',
        '',
      ].join('\n'),
    );
    expect(found).toEqual([
      expect.stringMatching(
        /^web.yml:4: tls_server_config.certfile: expected a known key \(.*cert_file.*\), got "certfile"; did you mean "cert_file"\?$/,
      ),
      expect.stringMatching(/^web.yml:2: tls_server_config.min_version: expected one of TLS10.*, got "TLS14"$/),
      expect.stringMatching(/^web.yml:3: tls_server_config.cipher_suites\[0\]: .* got "TLS_RSA_WITH_RC4_128_SHA"$/),
      expect.stringMatching(
        /^web.yml:9: http_server_config.headers.X-Frame-Options: expected one of , deny, sameorigin/,
      ),
      expect.stringMatching(/^web.yml:6: basic_auth_users.alice: expected a bcrypt hash/),
      expect.stringMatching(/^web.yml:10: rate_limit.interval: expected a duration/),
    ]);
    expect(found.join('\n')).not.toContain('hunter2');
  });

  test.each([
    ['a certificate without its key', () => `tls_server_config: {cert_file: ${server.certFile}}\n`, /key_file/],
    [
      'a key of another certificate',
      () => `tls_server_config: {cert_file: ${server.certFile}, key_file: ${client.keyFile}}\n`,
      /go together.*key/,
    ],
    [
      'a file that is not there',
      () => tlsLines('  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: /nowhere\n'),
      /readable file.*nowhere/,
    ],
    [
      'a CA without a policy that requires client certificates',
      () => tlsLines(`  client_ca_file: ${ca.certFile}\n`),
      /RequireAndVerifyClientCert.*got NoClientCert/,
    ],
    [
      'a policy that verifies against nothing',
      () => tlsLines('  client_auth_type: RequireAndVerifyClientCert\n'),
      /a client CA/,
    ],
    [
      'names asked of clients that need no certificate',
      () => tlsLines('  client_allowed_sans: [x]\n'),
      /client_allowed_sans/,
    ],
    ['versions upside down', () => tlsLines('  min_version: TLS13\n  max_version: TLS12\n'), /at most max_version/],
    ['a limit that lets nothing through', () => 'rate_limit: {interval: 1s}\n', /at least 1/],
    ['no file at all', () => undefined, /readable file/],
  ])('%s', (_, makeText, expected) => {
    const text = makeText();
    const found =
      text === undefined
        ? webConfigProblems(join(folder, 'absent.yml')).map((each) => `${each.expected} ${each.got}`)
        : problemsOf(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).toMatch(expected);
  });

  test('opens no port', () => {
    const file = join(folder, 'wrong.yml');
    writeFileSync(file, 'basic_auth_users: {alice: plain}\n');
    expect(() => createGuardedServers(file, createLogLines().log)).toThrow(/bcrypt/);
  });
});
