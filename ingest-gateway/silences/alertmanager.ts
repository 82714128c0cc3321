/**
 * Reads, posts and expires silences with Alertmanager's API v2.
 * Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
import { z } from 'zod';
import type { LabelMatcher } from '../../common/alertmanager/matchers.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { PrometheusAnswer, PrometheusCall, PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { type Silence, silenceStates } from './schema.ts';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

const gettableSilence = z.object({
  id: z.string(),
  status: z.object({ state: z.enum(silenceStates) }),
  matchers: z.array(
    // Older versions of Alertmanager have no isEqual.
    z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) }),
  ),
  startsAt: time,
  endsAt: time,
  updatedAt: time,
  createdBy: z.string(),
  comment: z.string(),
});

export interface PostedSilence {
  readonly id: string | undefined;
  readonly matchers: readonly LabelMatcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

export async function readSilences(alertmanager: PrometheusConnection, signal: AbortSignal): Promise<Silence[]> {
  const answer = await ask(alertmanager, { method: 'GET', path: '/api/v2/silences', signal });
  return parseBody(z.array(gettableSilence), answer).map(render);
}

/** Returns undefined if Alertmanager has no silence with that id. */
export async function trySilence(
  alertmanager: PrometheusConnection,
  { id, signal }: { readonly id: string; readonly signal: AbortSignal },
): Promise<Silence | undefined> {
  const answer = await alertmanager.call({ method: 'GET', path: `/api/v2/silence/${encodeURIComponent(id)}`, signal });
  if (answer.status === 404) return undefined;
  return render(parseBody(gettableSilence, requireSuccess(answer)));
}

/** Returns the id of the silence. A silence that replaces another one may get a new id. */
export async function postSilence(
  alertmanager: PrometheusConnection,
  { silence, signal }: { readonly silence: PostedSilence; readonly signal: AbortSignal },
): Promise<string> {
  const { id, matchers, startsAtMs, endsAtMs, createdBy, comment } = silence;
  const json = {
    ...(id === undefined ? {} : { id }),
    matchers,
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    createdBy,
    comment,
  };
  const answer = await ask(alertmanager, { method: 'POST', path: '/api/v2/silences', json, signal });
  return parseBody(z.object({ silenceID: z.string() }), answer).silenceID;
}

export async function expireSilence(
  alertmanager: PrometheusConnection,
  { id, signal }: { readonly id: string; readonly signal: AbortSignal },
): Promise<void> {
  await ask(alertmanager, { method: 'DELETE', path: `/api/v2/silence/${encodeURIComponent(id)}`, signal });
}

async function ask(alertmanager: PrometheusConnection, call: PrometheusCall): Promise<PrometheusAnswer> {
  return requireSuccess(await alertmanager.call(call));
}

/** Returns the response if its status is 2xx. Throws an `HttpProblem` 422 for 4xx, a `PrometheusError` for other statuses. */
export function requireSuccess(answer: PrometheusAnswer): PrometheusAnswer {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return answer;
  const reason = reasonOf(body);
  if (status >= 400 && status < 500)
    throw new HttpProblem(422, `Alertmanager refuses the request: ${reason}`, { extensions: { error: reason } });
  throw new PrometheusError(`Alertmanager failed: ${reason}`, { fault: 'unavailable' });
}

/** Parses an error: a JSON text, or an object with a message, depending on the part of Alertmanager that refused. */
function reasonOf(body: Buffer): string {
  const text = body.toString('utf8').trim();
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'string') return value;
    const { message } = value as { message?: unknown };
    return typeof message === 'string' ? message : text.slice(0, 1_000);
  } catch {
    return text.slice(0, 1_000);
  }
}

/** Throws a `PrometheusError` if the body does not match the schema. */
export function parseBody<S extends z.ZodType>(schema: S, { body }: PrometheusAnswer): z.output<S> {
  try {
    return schema.parse(JSON.parse(body.toString('utf8')));
  } catch (cause) {
    throw new PrometheusError('the server at the URL of Alertmanager does not speak its API', {
      fault: 'unavailable',
      cause,
    });
  }
}

function render(found: z.output<typeof gettableSilence>): Silence {
  const { id, status, matchers, startsAt, endsAt, updatedAt, createdBy, comment } = found;
  return {
    id,
    state: status.state,
    matchers,
    starts_at: startsAt,
    ends_at: endsAt,
    updated_at: updatedAt,
    created_by: createdBy,
    comment,
  };
}
