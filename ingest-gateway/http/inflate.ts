/** Decompresses gzip bodies with a limit on the output: 5 MB may expand to 5 GB. */
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { HttpProblem } from '../../common/http/problem.ts';
import { tooLarge } from './raw-body.ts';

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
