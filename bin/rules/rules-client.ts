/** A client of the gateway's rule calls, for the command line. */
import { readFileSync } from 'node:fs';
import axios from 'axios';

/** An error in the command line or in a file, which the user can fix: exit code 2. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
}

/** The members of a rule that are printed or used. `apply` compares the other members too. */
export interface ListedRule {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly enabled: boolean;
  readonly severity: string;
  readonly expression: string;
  readonly status?: { readonly state: string; readonly health: string; readonly last_error?: string };
}

export interface RuleList {
  readonly rules: readonly ListedRule[];
  readonly set_aside?: readonly { readonly file: string; readonly fault?: string }[];
  readonly out_of_sync?: { readonly since: string; readonly reason: string };
}

export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly errors: readonly {
    readonly path: string;
    readonly message: string;
    readonly line?: number;
    readonly column?: number;
  }[];
}

/** The gateway returned a problem. */
export class RefusalError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.title);
    this.name = 'RefusalError';
    this.refusal = refusal;
  }
}

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly revision?: number;
}

export interface RulesClient {
  /** Returns the body of the response. Throws a `RefusalError` for a problem, an `Error` if the gateway cannot be reached. */
  ask(asked: Asked): Promise<unknown>;
  list(): Promise<readonly ListedRule[]>;
  listAll(): Promise<RuleList>;
}

export interface ClientFlags {
  readonly gatewayUrl?: string;
  readonly apiKey?: string;
  readonly apiKeyFile?: string;
}

/** A change waits for earlier changes, and until Prometheus has evaluated the rule. */
const timeoutMs = 180_000;

/** Throws a `UsageFault` if there is no key or the URL is not valid. */
export function createRulesClient(flags: ClientFlags, environment: NodeJS.ProcessEnv): RulesClient {
  const url = flags.gatewayUrl ?? environment['HOSTPULSE_GATEWAY_URL'] ?? 'http://127.0.0.1:9180';
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol))
    throw new UsageFault(`--gateway-url: expected a URL such as http://127.0.0.1:9180, got "${url}"`);
  const key = readKey(flags, environment);
  const client = axios.create({
    baseURL: url.replace(/\/+$/, ''),
    timeout: timeoutMs,
    maxRedirects: 0,
    validateStatus: () => true,
    headers: { Authorization: `Bearer ${key}`, 'User-Agent': 'hostpulse' },
  });

  async function ask({ method, path, body, revision }: Asked): Promise<unknown> {
    const response = await client
      .request<unknown>({
        method,
        url: `/api/v1/alerts/rules${path}`,
        ...(body === undefined ? {} : { data: body }),
        ...(revision === undefined ? {} : { headers: { 'If-Match': `"${revision}"` } }),
      })
      .catch((cause: unknown) => {
        const { code = 'no answer' } = cause as { code?: string };
        throw new Error(`the gateway at ${parsed?.origin} cannot be reached (${code})`); // axios' error holds the key
      });
    if (response.status >= 200 && response.status < 300) return response.data;
    throw new RefusalError(refusalOf(response.status, response.data));
  }

  const listAll = async (): Promise<RuleList> => (await ask({ method: 'GET', path: '' })) as RuleList;

  return { ask, listAll, list: async () => (await listAll()).rules };
}

function refusalOf(status: number, body: unknown): Refusal {
  const { title, errors } = (typeof body === 'object' && body !== null ? body : {}) as Partial<Refusal>;
  if (typeof title !== 'string')
    return { status, title: `the server at the gateway's URL is not a gateway (status ${status})`, errors: [] };
  return { status, title, errors: errors ?? [] };
}

function readKey({ apiKey, apiKeyFile }: ClientFlags, environment: NodeJS.ProcessEnv): string {
  const file = apiKeyFile ?? (apiKey === undefined ? environment['HOSTPULSE_API_KEY_FILE'] : undefined);
  const given = apiKey ?? (file === undefined ? environment['HOSTPULSE_API_KEY'] : undefined);
  if (given !== undefined && given !== '') return given;
  if (file === undefined)
    throw new UsageFault('a key is needed: --api-key-file, or HOSTPULSE_API_KEY (hostpulse key create --scope admin)');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new UsageFault(`${file}: cannot be read (${(cause as NodeJS.ErrnoException).code})`);
  }
}
