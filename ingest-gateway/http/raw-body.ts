/** Reads request bodies, with limits on bytes and time per body and on bytes of all bodies together. */
import type { IncomingMessage } from 'node:http';
import { HttpProblem } from '../../common/http/problem.ts';

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
