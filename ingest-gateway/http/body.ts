/**
 * Request bodies: reading within limits on bytes and time, decompressing within a limit on the output, and JSON against a
 * schema.
 */
import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { z } from 'zod';
import { HttpProblem } from '../../common/http/problem.ts';
import { validateBody } from '../schema/validation.ts';
import type { ByteBudget } from './byte-budget.ts';

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
  /** Whose budget the body counts against. */
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

/** A 503 problem, on which the sender keeps its samples and retries. */
export function overloaded(title: string): HttpProblem {
  return new HttpProblem(503, title, { headers: { 'Retry-After': '5' } });
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

/** Returns the checked body. Throws an `HttpProblem`: 400 with every fault, 413, 415, and the problems of the reader. */
export async function readJsonBody<S extends z.ZodType>(
  schema: S,
  { incoming, bodies }: { readonly incoming: IncomingMessage; readonly bodies: BodyReader },
): Promise<z.output<S>> {
  requireJson(incoming.headers['content-type']);
  const encoding = incoming.headers['content-encoding'];
  const limit = { maxBytes: maxJsonBytes, caller: editors };
  const value = await bodies.receive(incoming, limit, (raw) =>
    parseJson(inflate(raw, { encoding, maxBytes: maxJsonBytes })),
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
