/** Bodies out of gzip, with a bound on what comes out: 5 MB may hold 5 GB. */
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { HttpProblem } from '../../common/http/problem.ts';
import { tooLarge } from './raw-body.ts';

const gunzipAside = promisify(gunzip);

/** Up to this a body is inflated in a millisecond: cheaper at once than by a thread. */
const smallBytes = 64 * 1024;

/** Throws an `HttpProblem`: 413 beyond `maxBytes`, 415 for another encoding than gzip, 400 for bytes that are no gzip. */
export async function inflate(
  body: Buffer,
  { encoding, maxBytes }: { readonly encoding: string | undefined; readonly maxBytes: number },
): Promise<Buffer> {
  const coding = encoding?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity' || coding === '') return body;
  if (coding !== 'gzip' && coding !== 'x-gzip')
    throw new HttpProblem(415, "the body's encoding is not taken", {
      headers: { 'Accept-Encoding': 'gzip, identity' },
      errors: [{ path: 'Content-Encoding', message: 'expected gzip or none' }],
    });
  try {
    const options = { maxOutputLength: maxBytes, chunkSize: chunkSizeFor(body) };
    return body.length <= smallBytes ? gunzipSync(body, options) : await gunzipAside(body, options);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new HttpProblem(400, 'the body is not valid gzip', {
      cause,
      errors: [{ path: 'body', message: 'expected gzip, as Content-Encoding says' }],
    });
  }
}

/** Memory that takes all of an honest body at once: gzip ends with the length of what it holds (RFC 1952, section 2.3.1). */
function chunkSizeFor(body: Buffer): number {
  const said = body.length < 18 ? 0 : body.readUInt32LE(body.length - 4);
  return Math.min(Math.max(said + 64, 16 * 1024), 256 * 1024);
}
