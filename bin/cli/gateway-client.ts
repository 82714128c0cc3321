/** A client of the gateway's API, for the command line. */
import { readFileSync } from 'node:fs';
import axios from 'axios';
import { type Command, CommanderError } from 'commander';
import { messageOf } from '../../common/program/log.ts';
import { ConfigError } from '../../common/program/settings/config.ts';
import { dataDirOption, tryStack } from './stack-flags.ts';

/** An error in the command line or in a file, which the user can fix: exit code 2. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
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
  /** Path below the gateway's URL. */
  readonly path: string;
  readonly body?: unknown;
  readonly revision?: number;
}

/** Returns the body of the response. Throws a `RefusalError` for a problem, an `Error` if the gateway cannot be reached. */
export type Ask = (asked: Asked) => Promise<unknown>;

export interface ClientFlags {
  readonly gatewayUrl?: string;
  readonly apiKey?: string;
  readonly apiKeyFile?: string;
}

/** Flags of commands that call the gateway. */
export interface GatewayClientFlags extends ClientFlags {
  readonly dataDir?: string;
}

/** Adds the flags that locate the gateway and its key. */
export function addGatewayClientFlags(command: Command): Command {
  return command
    .option(
      '--url, --gateway-url <url>',
      'URL of the gateway (env HOSTPULSE_GATEWAY_URL) [default: of the stack, else http://127.0.0.1:9180]',
    )
    .addOption(dataDirOption(['gatewayUrl']))
    .option('--api-key-file <path>', 'file with an API key (env HOSTPULSE_API_KEY_FILE) [default: of the stack]')
    .option('--api-key <key>', 'the API key; visible to other users of this host (env HOSTPULSE_API_KEY is not)');
}

/** Returns a client of the gateway that the flags, the environment or the local stack name. Throws a `UsageFault`. */
export function gatewayClientOf({ dataDir, gatewayUrl, apiKey, apiKeyFile }: GatewayClientFlags): Ask {
  const given = { ...stackFlags(dataDir, gatewayUrl), ...present({ gatewayUrl, apiKey, apiKeyFile }) };
  return createGatewayClient(given, process.env);
}

/** Returns the gateway of the local stack unless another one is given, and its key unless one is given. */
function stackFlags(dataDir: string | undefined, gatewayUrl: string | undefined): ClientFlags {
  if (dataDir === undefined && (gatewayUrl ?? process.env['HOSTPULSE_GATEWAY_URL']) !== undefined) return {};
  const stack = tryStack({ dataDir, program: 'gateway', given: {}, places: [] });
  if (stack?.gateway === undefined) {
    if (dataDir === undefined) return {};
    throw new UsageFault(`--data-dir: no stack runs over ${dataDir} ("hostpulse up --data-dir ${dataDir}" starts it)`);
  }
  const { gateway } = stack;
  const hasKey = ['HOSTPULSE_API_KEY', 'HOSTPULSE_API_KEY_FILE'].some((name) => process.env[name] !== undefined);
  return { gatewayUrl: gateway.url, ...(hasKey ? {} : { apiKeyFile: gateway.adminKeyFile }) };
}

function present(flags: { readonly [K in keyof ClientFlags]: ClientFlags[K] | undefined }): ClientFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

/** A change of a rule waits for earlier changes, and until Prometheus has evaluated the rule. */
const timeoutMs = 180_000;

/** Throws a `UsageFault` if there is no key or the URL is not valid. */
export function createGatewayClient(flags: ClientFlags, environment: NodeJS.ProcessEnv): Ask {
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

  return async ({ method, path, body, revision }) => {
    const response = await client
      .request<unknown>({
        method,
        url: path,
        ...(body === undefined ? {} : { data: body }),
        ...(revision === undefined ? {} : { headers: { 'If-Match': `"${revision}"` } }),
      })
      .catch((cause: unknown) => {
        const { code = 'no answer' } = cause as { code?: string };
        throw new Error(`the gateway at ${parsed?.origin} cannot be reached (${code})`); // axios' error holds the key
      });
    if (response.status >= 200 && response.status < 300) return response.data;
    throw new RefusalError(refusalOf(response.status, response.data));
  };
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

/** Prints an error of a command and returns the exit code: 2 for a usage error, else 1. */
export function explainClientError(command: string, thrown: unknown): number {
  if (thrown instanceof CommanderError) {
    // commander has printed its own errors. Errors of our argument parsers have other codes.
    if (!thrown.code.startsWith('commander.')) process.stderr.write(`${command}: ${thrown.message}\n`);
    return thrown.exitCode === 0 ? 0 : 2;
  }
  const lines = thrown instanceof RefusalError ? refusalLines(thrown) : messageOf(thrown).split('\n');
  for (const line of lines) process.stderr.write(`${command}: ${line}\n`);
  return thrown instanceof UsageFault || thrown instanceof ConfigError ? 2 : 1;
}

function refusalLines({ refusal: { title, errors } }: RefusalError): readonly string[] {
  return [title, ...errors.map(({ path, message }) => `${path}: ${message}`)];
}
