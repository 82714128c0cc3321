/** Reads a small JSON body and checks it against a schema. All faults are reported at once, with their paths. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { HttpProblem } from '../../common/http/problem.ts';
import { validateBody } from '../schema/validation.ts';
import { inflate } from './inflate.ts';
import type { BodyReader } from './raw-body.ts';

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
