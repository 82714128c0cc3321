/** JSON for the page, compressed where it is worth it. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** Less than a packet gains nothing. */
const minBytes = 1_400;

const compress = promisify(gzip);

export async function sendJson(request: Request, response: Response, body: unknown): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(body));
  response.type('application/json').set('Vary', 'Accept-Encoding');
  if (bytes.length < minBytes || request.acceptsEncodings(['gzip', 'identity']) !== 'gzip') {
    response.send(bytes);
    return;
  }
  const packed = await compress(bytes, { level: 6 });
  response.set('Content-Encoding', 'gzip').send(packed);
}
