/** The web configuration in force. Read again when the file, or a file that it names, changes. */
import { statSync } from 'node:fs';
import type { Server, TLSSocket } from 'node:tls';
import type { Log } from '../../program/log.ts';
import { ConfigError, type Problem } from '../../program/settings/config.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';
import { readTlsPolicy, type TlsPolicy, tlsFiles } from './tls.ts';
import { readWebConfig, type WebConfig } from './web-config.ts';

/** The configuration with the files that it names. */
export interface WebState {
  readonly config: WebConfig;
  readonly tls: TlsPolicy | undefined;
  readonly headers: readonly (readonly [string, string])[];
  readonly rateLimit: RateLimit | undefined;
}

export interface WebStateSource {
  current(): WebState;
  /** Reads the files again when one changed. An invalid change is logged once and has no effect. */
  refresh(): void;
  /** Applies TLS changes to the server and disconnects clients whose certificates are not accepted. */
  guard(server: Server): void;
}

/** Throws a `ConfigError` with every problem of the file. */
export function createWebState(file: string, log: Log): WebStateSource {
  let state = readWebState(file);
  let signature = signatureOf(file, state.config);
  const servers = new Set<Server>();

  function refresh(): void {
    const current = signatureOf(file, state.config);
    if (current === signature) return;
    signature = current;
    try {
      const next = readWebState(file);
      if ((next.tls === undefined) !== (state.tls === undefined)) {
        throw new Error('TLS cannot be turned on or off while running; restart for that');
      }
      if (next.tls !== undefined) for (const server of servers) applyTls(server, next.tls);
      state = next;
      signature = signatureOf(file, state.config);
      log.info('web configuration read again', { file });
    } catch (error) {
      log.error('the changed web configuration is invalid; the previous one stays in force', { file, error });
    }
  }

  function guard(server: Server): void {
    server.prependListener('connection', refresh);
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      if (state.tls?.accepts(socket) === true) return;
      log.debug('a client without an accepted certificate was disconnected', { address: socket.remoteAddress });
      socket.destroy();
    });
    servers.add(server);
    server.once('close', () => servers.delete(server));
  }

  return { current: () => state, refresh, guard };
}

/** Throws a `ConfigError` with every problem of the file and of the files that it names. */
export function readWebState(file: string): WebState {
  const config = readWebConfig(file);
  const headers = [
    ['Content-Security-Policy', config.contentSecurityPolicy],
    ['X-Frame-Options', config.frameOptions],
    ['X-Content-Type-Options', config.contentTypeOptions],
    ['X-XSS-Protection', config.xssProtection],
    ['Strict-Transport-Security', config.strictTransportSecurity],
  ].filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '');
  const problems = rateProblems(file, config);
  let tls: TlsPolicy | undefined;
  try {
    tls = readTlsPolicy(file, config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const { rateInterval: intervalMs, rateBurst: burst } = config;
  const rateLimit = intervalMs === 0 ? undefined : createRateLimit({ intervalMs, burst, now: () => performance.now() });
  return { config, tls, headers, rateLimit };
}

function rateProblems(file: string, { rateInterval, rateBurst }: WebConfig): Problem[] {
  if (rateInterval === 0 || rateBurst > 0) return [];
  const got = '0, which would refuse every request';
  return [{ place: `${file}: rate_limit.burst`, expected: 'at least 1', got }];
}

/**
 * Takes effect at the next handshake. `setSecureContext` does not change the two policies, which the server reads from its
 * own properties at each connection: https://github.com/nodejs/node/blob/v26.x/lib/internal/tls/wrap.js
 */
function applyTls(server: Server, { context, requestCert, rejectUnauthorized }: TlsPolicy): void {
  server.setSecureContext(context);
  Object.assign(server, { requestCert, rejectUnauthorized });
}

/** Returns a text that changes when one of the files changes, appears or disappears. */
function signatureOf(file: string, config: WebConfig): string {
  return [file, ...tlsFiles(file, config)]
    .map((each) => {
      const stat = statSync(each, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? 'absent' : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
    })
    .join(' ');
}
