/** Writes the samples of a copy to a backend by remote write. */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../../common/program/retry.ts';
import { ConfigError, loadConfig } from '../../../common/program/settings/config.ts';
import { readConfigFile } from '../../../common/program/settings/config-file.ts';
import { httpHeaders } from '../../../common/program/settings/http-headers.ts';
import { secret, text } from '../../../common/program/settings/setting-type.ts';
import { optional } from '../../../common/program/settings/settings.ts';
import {
  classifyResponse,
  createRemoteWriteClient,
  type RemoteWriteClient,
  type WriteOutcome,
} from '../../../ingest-gateway/forward/remote-write-client.ts';

const settings = {
  username: optional({ path: 'basic_auth.username', flag: null, help: 'user name', type: text }),
  password: optional({ path: 'basic_auth.password', flag: null, help: 'password', type: secret }),
  headers: optional({ path: 'headers', flag: null, help: 'headers of every request', type: httpHeaders }),
};

export interface CopyTarget {
  /**
   * Sends one remote write request until the backend has stored the samples. Throws an `Error` at once when the backend refuses
   * the address, the credentials or the samples, and after ten minutes without success.
   */
  write(body: Uint8Array, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** `file` has `basic_auth` and `headers` for the backend. Throws a `ConfigError` for a file with faults. */
export function createCopyTarget(writeUrl: string, file: string | undefined): CopyTarget {
  const { username, password, headers } = loadConfig(settings, {
    program: 'copy',
    flags: {},
    environment: {},
    ...(file === undefined ? {} : { file: readConfigFile(file, process.env) }),
  });
  const isWhole = (username === undefined) === (password === undefined);
  if (!isWhole)
    throw new ConfigError([{ place: `${file}: basic_auth`, expected: 'username and password', got: 'one of them' }]);
  const basicAuth = username === undefined || password === undefined ? undefined : { username, password };
  const client = createRemoteWriteClient({
    url: writeUrl,
    writeUrl,
    basicAuth,
    headers,
    maxConcurrency: 1,
    timeoutMs: 60_000,
  });
  return {
    async write(body, signal) {
      for (let attempts = 1; ; attempts += 1) {
        signal.throwIfAborted();
        const outcome = await trySend(client, body);
        if (outcome.kind === 'ok') return;
        if (outcome.kind === 'no receiver')
          throw new Error(`${writeUrl} does not accept remote write: ${outcome.message}`);
        if (outcome.kind === 'refused') throw new Error(`the backend refuses samples: ${outcome.message}`);
        if (attempts >= maxAttempts) throw new Error(`the backend does not store: ${outcome.message}`);
        const waitMs = outcome.afterMs ?? backoffMs({ attempts, firstMs: 500, maxMs: 30_000, random: Math.random });
        await sleep(waitMs, undefined, { signal });
      }
    },
    close: () => client.close(),
  };
}

/** Ten minutes with full jitter: a restart of the backend does not end the copy. */
const maxAttempts = 40;

type SendOutcome = WriteOutcome | { readonly kind: 'no receiver'; readonly message: string };

/** Returns `no receiver` for a 4xx response that says nothing about samples, such as 401 or 404. */
async function trySend(client: RemoteWriteClient, body: Uint8Array): Promise<SendOutcome> {
  try {
    const response = await client.send(body);
    const outcome = classifyResponse(response, Date.now());
    return outcome.kind === 'unreachable' && response.status < 500 ? { ...outcome, kind: 'no receiver' } : outcome;
  } catch (error) {
    return { kind: 'unreachable', message: String(error) };
  }
}
