/** Sends JSON to the page, compressed above a minimum size. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** A body that fits one packet gains nothing from compression. */
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
