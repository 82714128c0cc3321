/** Starts a gateway in the process of the test, on a free port, with a new store. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../common/http/auth.ts';
import { createLog } from '../../common/program/log.ts';
import { loadConfig } from '../../common/program/settings/config.ts';
import { createApiKey } from '../../common/store/credentials/api-keys.ts';
import { openStore, type Store } from '../../common/store/open.ts';
import { createDocument } from '../../ingest-gateway/api/openapi/document.ts';
import { routes } from '../../ingest-gateway/api/routes/index.ts';
import { type GatewayConfig, settings } from '../../ingest-gateway/config.ts';
import { createGateway } from '../../ingest-gateway/main.ts';
import { createApiContract } from './api-contract.ts';

export interface RunningGateway {
  readonly url: string;
  /** `host:port` of OTLP/gRPC. */
  readonly grpcAddress: string;
  readonly databasePath: string;
  /** A second connection to the database of the gateway. */
  readonly store: Store;
  /** Creates a key and returns its text. */
  createKey(options?: KeyOptions): Promise<string>;
  /** `fetch` below the URL of the gateway. Throws when the answer does not match the OpenAPI document. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** `fetch` with a key that may read all hosts. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Log lines so far. */
  log(): string;
  stop(): Promise<void>;
}

interface KeyOptions {
  readonly scopes?: readonly [Scope, ...Scope[]];
  readonly host?: string;
}

/** A URL without a server: port 1 is `tcpmux`, which is never running. */
export const deadUrl = 'http://127.0.0.1:1';

/** The API contract of every gateway. Created once, because its creation takes as long as the rest of a gateway's start. */
const contract = createApiContract(createDocument(routes, { version: '0.0.0' }));

export async function startGateway(overrides: Partial<GatewayConfig> = {}): Promise<RunningGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-gateway-'));
  const { databasePath = join(folder, 'hostpulse.db') } = overrides;
  /** Another gateway may have keys in the database. */
  const isShared = overrides.databasePath !== undefined || overrides.databaseUrl !== undefined;
  const suffix = isShared ? `-${randomUUID()}` : '';
  const defaults = loadConfig(settings, { program: 'gateway', flags: {}, environment: {} });
  let lines = '';
  const log = createLog({ level: 'debug', format: 'logfmt', program: 'gateway', write: (line) => (lines += line) });
  const service = await createGateway(
    {
      ...defaults,
      listenAddresses: [{ host: '127.0.0.1', port: 0 }],
      grpcListenAddresses: [{ host: '127.0.0.1', port: 0 }],
      prometheusUrl: deadUrl,
      alertmanagerUrl: deadUrl,
      databasePath,
      drainDelayMs: 0,
      ...overrides,
    },
    { log, version: '0.0.0', environment: {} },
  );
  await service.start();
  const store = await openStore({ path: databasePath, url: overrides.databaseUrl });
  const url = `http://127.0.0.1:${service.bound()[0]?.port}`;
  let count = 0;

  async function createKey({ scopes = ['read'], host }: KeyOptions = {}): Promise<string> {
    count += 1;
    const { key } = await createApiKey(store.db, { name: `key-${count}${suffix}`, scopes, host, nowMs: Date.now() });
    return key;
  }

  const reader = await createKey();

  async function checkedFetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${url}${path}`, init);
    await contract.check({ method: init.method ?? 'GET', path }, response);
    return response;
  }

  return {
    url,
    databasePath,
    grpcAddress: `127.0.0.1:${service.grpcBound()[0]?.port}`,
    store,
    createKey,
    fetch: checkedFetch,
    get: (path, headers = {}) => checkedFetch(path, { headers: { authorization: `Bearer ${reader}`, ...headers } }),
    log: () => lines,
    async stop() {
      await service.stop();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
