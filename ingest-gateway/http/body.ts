/**
 * Request bodies: reading within limits on bytes and time, decompressing within a limit on the output, and JSON against a
 * schema.
 */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import type { z } from 'zod';
import { HttpProblem } from '../../common/http/problem.ts';
import { validateBody } from '../schema/validation.ts';

export interface BodyReader {
  /** Returns the body. Throws an `HttpProblem`: 413 beyond `maxBytes`, 408 for a slow sender, 503 beyond `maxBytesInFlight`. */
  read(request: IncomingMessage, limit: { readonly maxBytes: number }): Promise<Buffer>;
}

export interface BodyReaderOptions {
  /** Limit on the bytes of all bodies that are being read. */
  readonly maxBytesInFlight: number;
  readonly timeoutMs: number;
}

export function createBodyReader({ maxBytesInFlight, timeoutMs }: BodyReaderOptions): BodyReader {
  let inFlight = 0;

  function read(request: IncomingMessage, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const timer = setTimeout(() => end(new HttpProblem(408, 'the body did not arrive in time')), timeoutMs);

      function end(problem: Error | undefined): void {
        clearTimeout(timer);
        inFlight -= length;
        request.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
        if (problem === undefined) return resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
        request.resume(); // reads and discards the rest, so that the client receives the answer
        reject(problem);
      }
      function onData(chunk: Buffer): void {
        length += chunk.length;
        inFlight += chunk.length;
        chunks.push(chunk);
        if (length > maxBytes) end(tooLarge(maxBytes));
        else if (inFlight > maxBytesInFlight) end(overloaded('too many bodies at once'));
      }
      const onEnd = (): void => end(undefined);
      const onCut = (): void => end(new HttpProblem(400, 'the connection closed before the end of the body'));
      request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
    });
  }

  return { read };
}

export function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(413, `the body is larger than ${maxBytes} bytes`);
}

/** A 503 problem, on which the sender keeps its samples and retries. */
export function overloaded(title: string): HttpProblem {
  return new HttpProblem(503, title, { headers: { 'Retry-After': '5' } });
}

const gunzipInThread = promisify(gunzip);

/** Bodies up to this size decompress within a millisecond, which is cheaper than handing them to a thread. */
const smallBytes = 64 * 1024;

/** Returns the decompressed body. Throws an `HttpProblem`: 413 beyond `maxBytes`, 415 for another encoding than gzip, 400 for invalid gzip. */
export async function inflate(
  body: Buffer,
  { encoding, maxBytes }: { readonly encoding: string | undefined; readonly maxBytes: number },
): Promise<Buffer> {
  const coding = encoding?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity' || coding === '') return body;
  if (coding !== 'gzip' && coding !== 'x-gzip')
    throw new HttpProblem(415, 'the encoding of the body is not supported', {
      headers: { 'Accept-Encoding': 'gzip, identity' },
      errors: [{ path: 'Content-Encoding', message: 'expected gzip or none' }],
    });
  try {
    const options = { maxOutputLength: maxBytes, chunkSize: chunkSizeFor(body) };
    return body.length <= smallBytes ? gunzipSync(body, options) : await gunzipInThread(body, options);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new HttpProblem(400, 'the body is not valid gzip', {
      cause,
      errors: [{ path: 'body', message: 'expected gzip, as Content-Encoding says' }],
    });
  }
}

/** Sizes the output buffer by the length at the end of the gzip file (RFC 1952, section 2.3.1), within bounds. */
function chunkSizeFor(body: Buffer): number {
  const said = body.length < 18 ? 0 : body.readUInt32LE(body.length - 4);
  return Math.min(Math.max(said + 64, 16 * 1024), 256 * 1024);
}

/** Limit for bodies that people and scripts write; pushed samples have other limits. */
export const maxJsonBytes = 256 * 1024;

/** Returns the checked body. Throws an `HttpProblem`: 400 with every fault, 413, 415, and the problems of the reader. */
export async function readJsonBody<S extends z.ZodType>(
  schema: S,
  { incoming, bodies }: { readonly incoming: IncomingMessage; readonly bodies: BodyReader },
): Promise<z.output<S>> {
  requireJson(incoming.headers['content-type']);
  const raw = await bodies.read(incoming, { maxBytes: maxJsonBytes });
  const encoding = incoming.headers['content-encoding'];
  const value = parseJson(await inflate(raw, { encoding, maxBytes: maxJsonBytes }));
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
