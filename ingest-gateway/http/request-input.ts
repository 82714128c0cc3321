/**
 * Input of requests: parameters and bodies against schemas, each fault with its place; reading bodies within limits on bytes and
 * time, and decompressing within a limit on the output.
 */
import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { HttpProblem, type ProblemDetail } from '../../common/http/problem.ts';
import { messageOf } from '../../common/program/log.ts';
import { renderPath } from '../../common/program/settings/config.ts';
import { wholeFault } from '../../common/program/settings/validation-messages.ts';

/**
 * A flat object. A member that is an array takes a repeated parameter. A strict object refuses unknown and repeated parameters;
 * other objects ignore them and take the first value, as Prometheus does.
 */
export type ParameterSchema = z.ZodObject<Record<string, z.ZodType>>;

/** Returns the parsed parameters. Throws an `HttpProblem` 400 that lists every fault. */
export function parseParameters<S extends ParameterSchema>(schema: S, given: URLSearchParams): z.output<S> {
  if (given.size === 0 && Object.keys(schema.shape).length === 0) return {} as z.output<S>; // the fast path of a push
  const errors: ProblemDetail[] = [];
  const isStrict = schema.def.catchall instanceof z.ZodNever;
  const raw: Record<string, string | readonly string[]> = {};
  for (const name of new Set(given.keys())) {
    const values = given.getAll(name);
    const member = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
    if (member === undefined) {
      if (isStrict) errors.push({ path: name, message: explainUnknown(schema) });
    } else if (isRepeatable(member)) raw[name] = values;
    else if (values.length === 1 || !isStrict) raw[name] = values[0] as string;
    else errors.push({ path: name, message: `expected once, got ${values.length} times` });
  }
  const parsed = schema.safeParse(raw, { error: wholeFault });
  if (!parsed.success) {
    const faulty = new Set(errors.map(({ path }) => path)); // left out of `raw`, so Zod reports them as missing
    errors.push(...detailsOf(parsed.error).filter(({ path }) => !faulty.has(path)));
  }
  if (errors.length > 0 || !parsed.success) throw new HttpProblem(400, 'the parameters are not valid', { errors });
  return parsed.data;
}

function explainUnknown(schema: ParameterSchema): string {
  const names = Object.keys(schema.shape);
  return names.length === 0
    ? 'unknown parameter: this call takes none'
    : `unknown parameter; expected ${names.join(', ')}`;
}

function isRepeatable(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return isRepeatable(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodArray;
}

export type Validated<T> = { readonly value: T } | { readonly faults: readonly ProblemDetail[] };

/** Returns the parsed body, or every fault. The path of a fault of the body itself is `body`. */
export function validateBody<S extends z.ZodType>(schema: S, value: unknown): Validated<z.output<S>> {
  const parsed = schema.safeParse(value, { error: wholeFault });
  return parsed.success ? { value: parsed.data } : { faults: detailsOf(parsed.error) };
}

function detailsOf({ issues }: z.ZodError): readonly ProblemDetail[] {
  return issues.flatMap((issue) => {
    const path = issue.path as (string | number)[];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: renderPath([...path, key]), message: 'unknown member' }));
    return [{ path: path.length === 0 ? 'body' : renderPath(path), message: issue.message }];
  });
}

export interface BodyReader {
  /**
   * Returns what `use` returns for the body. The body counts against the budget of the caller until then. Throws an
   * `HttpProblem`: 413 beyond `maxBytes`, 408 for a slow sender, 503 beyond the budget.
   */
  receive<Result>(
    request: IncomingMessage,
    limit: BodyLimit,
    use: (body: Buffer) => Promise<Result> | Result,
  ): Promise<Result>;
}

export interface BodyLimit {
  readonly maxBytes: number;
  /** The caller whose budget the body counts against. */
  readonly caller: string;
}

export interface BodyReaderOptions {
  readonly budget: ByteBudget;
  readonly timeoutMs: number;
}

export function createBodyReader({ budget, timeoutMs }: BodyReaderOptions): BodyReader {
  function read(request: IncomingMessage, { maxBytes, caller }: BodyLimit, hold: (bytes: number) => void) {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
    return new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const timer = setTimeout(() => end(new HttpProblem(408, 'the body did not arrive in time')), timeoutMs);

      function end(problem: Error | undefined): void {
        clearTimeout(timer);
        request.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
        if (problem === undefined) return resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
        request.resume(); // reads and discards the rest, so that the client receives the answer
        reject(problem);
      }
      function onData(chunk: Buffer): void {
        length += chunk.length;
        if (length > maxBytes) return end(tooLarge(maxBytes));
        if (!budget.take(caller, chunk.length)) return end(tooMuchAtOnce());
        hold(chunk.length);
        chunks.push(chunk);
      }
      const onEnd = (): void => end(undefined);
      const onCut = (): void => end(new HttpProblem(400, 'the connection closed before the end of the body'));
      request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
    });
  }

  return {
    async receive(request, limit, use) {
      let held = 0;
      try {
        return await use(await read(request, limit, (bytes) => (held += bytes)));
      } finally {
        budget.release(limit.caller, held);
      }
    },
  };
}

export function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(413, `the body is larger than ${maxBytes} bytes`);
}

/** A 503 problem, on which the sender keeps its samples and retries. The cause is shown. */
export function overloaded(title: string, cause?: unknown): HttpProblem {
  const errors = cause === undefined ? [] : [{ path: 'queue', message: messageOf(cause) }];
  return new HttpProblem(503, title, { headers: { 'Retry-After': '5' }, errors, cause });
}

/** The sender, or all senders together, have too many bytes in bodies that are received or decoded. */
export function tooMuchAtOnce(): HttpProblem {
  return overloaded('too many bodies at once');
}

/**
 * Returns the decompressed body. Blocks for up to a millisecond per MiB of output. Throws an `HttpProblem`: 413 beyond
 * `maxBytes`, 415 for another encoding than gzip, 400 for invalid gzip.
 */
export function inflate<Body extends Uint8Array>(
  body: Body,
  { encoding, maxBytes }: { readonly encoding: string | undefined; readonly maxBytes: number },
): Body | Buffer {
  const coding = encoding?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity' || coding === '') {
    if (body.length > maxBytes) throw tooLarge(maxBytes);
    return body;
  }
  if (coding !== 'gzip' && coding !== 'x-gzip')
    throw new HttpProblem(415, 'the encoding of the body is not supported', {
      headers: { 'Accept-Encoding': 'gzip, identity' },
      errors: [{ path: 'Content-Encoding', message: 'expected gzip or none' }],
    });
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes, chunkSize: chunkSizeFor(body) });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new HttpProblem(400, 'the body is not valid gzip', {
      cause,
      errors: [{ path: 'body', message: 'expected gzip, as Content-Encoding says' }],
    });
  }
}

/** Sizes the output buffer by the length at the end of the gzip file (RFC 1952, section 2.3.1), within bounds. */
function chunkSizeFor(body: Uint8Array): number {
  const said = body.length < 18 ? 0 : new DataView(body.buffer, body.byteOffset).getUint32(body.length - 4, true);
  return Math.min(Math.max(said + 64, 16 * 1024), 256 * 1024);
}

/** The budget of all bodies that are not pushed samples. */
const editors = 'editors';

/** Limit for bodies that people and scripts write; pushed samples have other limits. */
export const maxJsonBytes = 256 * 1024;

const editorLimit: BodyLimit = { maxBytes: maxJsonBytes, caller: editors };

interface BodySource {
  readonly incoming: IncomingMessage;
  readonly bodies: BodyReader;
  /** `maxBytes` limits the body as sent and decompressed. */
  readonly limit?: BodyLimit;
}

/** Returns the checked body, by default within the limits for editors. Throws an `HttpProblem`: 400 with every fault, 413, 415, and the problems of the reader. */
export async function readJsonBody<S extends z.ZodType>(
  schema: S,
  { incoming, bodies, limit = editorLimit }: BodySource,
): Promise<z.output<S>> {
  requireJson(incoming.headers['content-type']);
  const encoding = incoming.headers['content-encoding'];
  const value = await bodies.receive(incoming, limit, (raw) =>
    parseJson(inflate(raw, { encoding, maxBytes: limit.maxBytes })),
  );
  const checked = validateBody(schema, value);
  if ('value' in checked) return checked.value;
  throw new HttpProblem(400, 'the body is not valid', { errors: checked.faults });
}

/** Throws 415 for another content type. */
export function requireJson(contentType: string | undefined): void {
  if (/^application\/json\s*(?:;|$)/i.test(contentType ?? '')) return;
  throw new HttpProblem(415, 'the type of the body is not supported', {
    errors: [{ path: 'Content-Type', message: 'expected application/json' }],
  });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    const message = `expected JSON: ${(cause as Error).message.slice(0, 200)}`;
    throw new HttpProblem(400, 'the body is not valid', { cause, errors: [{ path: 'body', message }] });
  }
}

export interface ByteBudget {
  /** Reserves bytes for the caller. Returns false, and reserves nothing, when they exceed a limit. */
  take(caller: string, bytes: number): boolean;
  /** Returns reserved bytes. */
  release(caller: string, bytes: number): void;
}

export interface ByteBudgetOptions {
  readonly maxBytes: number;
  readonly maxCallerBytes: number;
}

/** Bounds the memory of bodies that are received or wait for their response, for each caller and for all callers together. */
export function createByteBudget({ maxBytes, maxCallerBytes }: ByteBudgetOptions): ByteBudget {
  const byCaller = new Map<string, number>();
  let total = 0;

  function set(caller: string, bytes: number): void {
    if (bytes === 0) byCaller.delete(caller);
    else byCaller.set(caller, bytes);
  }

  return {
    take(caller, bytes) {
      const own = (byCaller.get(caller) ?? 0) + bytes;
      if (own > maxCallerBytes || total + bytes > maxBytes) return false;
      set(caller, own);
      total += bytes;
      return true;
    },
    release(caller, bytes) {
      set(caller, (byCaller.get(caller) ?? 0) - bytes);
      total -= bytes;
    },
  };
}
