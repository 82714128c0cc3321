/** A small JSON body against its schema: every fault is named at once, by its place. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { HttpProblem } from '../../common/http/problem.ts';
import { validateBody } from '../schema/validation.ts';
import { inflate } from './inflate.ts';
import type { BodyReader } from './raw-body.ts';

/** Of what people and scripts write; samples have limits of their own. */
export const maxJsonBytes = 256 * 1024;

/** The checked body. Throws an `HttpProblem`: 400 with every fault, 413, 415, and what the reader throws. */
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

/** Throws 415 for another type. */
export function requireJson(contentType: string | undefined): void {
  if (/^application\/json\s*(?:;|$)/i.test(contentType ?? '')) return;
  throw new HttpProblem(415, "the body's type is not taken", {
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
