/** Sends a response: status, length, compression that the client accepts, and no body for HEAD. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from '../../common/http/node-http.ts';
import { type Encoding, negotiateEncoding } from './accept.ts';
import { type Compress, createCompress } from './compression.ts';

export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  /** In parts that are sent one after the other. */
  readonly body: readonly string[];
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends the body for GET and the headers alone for HEAD. Throws when compression fails; nothing is sent then. */
export type SendResponse = (request: IncomingMessage, response: ServerResponse, content: HttpResponse) => void;

export const plainText = 'text/plain; charset=utf-8';

/** Minimum length of a compressed body. A shorter body fits into one or two packets without compression. */
const minCompressedLength = 1_400;

/** Returns a function that sends responses. Loads zlib for the first client that accepts a compression. */
export function createSendResponse(): SendResponse {
  const compressions = new Map<Encoding, Compress>();

  function compress(encoding: Encoding, body: readonly string[]): string {
    let each = compressions.get(encoding);
    if (each === undefined) compressions.set(encoding, (each = createCompress(encoding)));
    return each(body);
  }

  return (request, response, { status, contentType, body, headers: more }) => {
    const headers: OutgoingHttpHeaders = { 'Content-Type': contentType, ...more };
    let payload = body;
    let charset: BufferEncoding = 'utf8';
    if (body.length > 1 || (body[0] ?? '').length >= minCompressedLength) {
      headers['Vary'] = 'Accept, Accept-Encoding';
      const encoding = negotiateEncoding(request.headers['accept-encoding']);
      if (encoding !== undefined) {
        payload = [compress(encoding, body)];
        charset = 'latin1';
        headers['Content-Encoding'] = encoding;
      }
    }
    headers['Content-Length'] = payload.reduce((sum, part) => sum + Buffer.byteLength(part, charset), 0);
    response.writeHead(status, headers);
    const [last, ...before] = request.method === 'HEAD' ? [] : payload.toReversed();
    for (const part of before.reverse()) response.write(part, charset);
    response.end(last, charset);
  };
}
