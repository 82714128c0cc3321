/** Lists the alert history, newest first, each alert with the delivery status of its notifications. */
import { z } from 'zod';
import type { Episode } from '../../../common/store/relay-records.ts';
import { allowedHosts } from '../../auth/host-scope.ts';
import { type FoundEpisode, searchEpisodes } from '../../query/alert-search.ts';
import { acknowledgement, acknowledgementChange } from '../../schema/acknowledgement.ts';
import { hostName, instant } from '../../schema/fields.ts';
import { defineRoute, ok } from '../route.ts';

export const episodeId = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'expected the id of an alert in the history')
  .transform(Number)
  .meta({ description: 'The `id` of an alert in the history.' });

const word = z.string().min(1, 'expected a word').max(255);

const notification = z.object({
  channel: z.string(),
  status: z.enum(['firing', 'resolved', 'acknowledgement']),
  state: z.enum(['pending', 'delivered', 'dead']),
  attempts: z.number(),
  created_at: z.iso.datetime(),
  settled_at: z.iso.datetime().optional(),
  reason: z.string().optional(),
});

const alert = z.object({
  id: z.number(),
  rule: z.string(),
  state: z.enum(['firing', 'resolved']),
  severity: z.string().optional(),
  host: z.string().optional(),
  fingerprint: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  starts_at: z.iso.datetime(),
  ends_at: z.iso.datetime().optional(),
  resolution: z.enum(['announced', 'not_announced']).optional(),
  value_at_resolve: z.number().optional(),
  acknowledgement: acknowledgement.optional(),
  acknowledgement_changes: z
    .array(acknowledgementChange)
    .meta({ description: 'Every acknowledgement and withdrawal, oldest first.' }),
  notifications: z.array(notification),
});

export const alerts = defineRoute({
  name: 'alerts',
  methods: ['GET'],
  path: '/api/v1/alerts',
  scope: 'read',
  summary: 'Alert history with the delivery status of each notification, newest first',
  parameters: z.strictObject({
    id: z.array(episodeId).max(100).optional(),
    state: z.enum(['firing', 'resolved'], { error: 'expected firing or resolved' }).optional(),
    severity: z.array(word).max(100).optional(),
    host: z.array(hostName).max(1_000).optional(),
    rule: z.array(word).max(100).optional(),
    start: instant.optional(),
    end: instant.optional(),
    limit: z
      .string()
      .regex(/^(?:[1-9]\d{0,2}|1000)$/, 'expected a number from 1 to 1000')
      .transform(Number)
      .default(100),
    cursor: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, 'expected the next_cursor of an earlier response')
      .transform(Number)
      .optional(),
  }),
  response: z.object({ alerts: z.array(alert), next_cursor: z.string().optional() }),
  async handle({ parameters, principal }, { db }) {
    const { id, state, severity, rule, start, end, limit, cursor } = parameters;
    const found = await searchEpisodes(db, {
      id,
      state,
      severity,
      host: allowedHosts(parameters.host, principal),
      alertname: rule,
      startMs: start,
      endMs: end,
      beforeId: cursor,
      limit: limit + 1, // one more tells whether there is another page
    });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return ok({ alerts: page.map(render), ...(last === undefined ? {} : { next_cursor: String(last.id) }) });
  },
});

function render(episode: FoundEpisode): z.input<typeof alert> {
  const { severity, host, ends_at, resolution, value_at_resolve } = episode;
  return {
    id: episode.id,
    rule: episode.alertname,
    state: episode.closed_at === null ? 'firing' : 'resolved',
    ...present({ severity, host }),
    fingerprint: episode.fingerprint,
    labels: { ...episode.labels },
    annotations: { ...episode.annotations },
    starts_at: renderTime(episode.starts_at),
    ...present({ ends_at: ends_at === null ? null : renderTime(ends_at), resolution, value_at_resolve }),
    ...present({ acknowledgement: renderAcknowledgement(episode) ?? null }),
    acknowledgement_changes: episode.acknowledgements.map(({ kind, by, note, changed_at }) => ({
      kind,
      by,
      ...present({ note }),
      at: renderTime(changed_at),
    })),
    notifications: episode.notifications.map(
      ({ channel, status, state, attempts, created_at, settled_at, reason }) => ({
        channel,
        status,
        state,
        attempts,
        created_at: renderTime(created_at),
        ...present({ settled_at: settled_at === null ? null : renderTime(settled_at), reason }),
      }),
    ),
  };
}

/** Returns undefined if the alert is not acknowledged. */
export function renderAcknowledgement(
  episode: Pick<Episode, 'acknowledged_by' | 'acknowledged_note' | 'acknowledged_at'>,
): z.input<typeof acknowledgement> | undefined {
  const { acknowledged_by: by, acknowledged_note: note, acknowledged_at: atMs } = episode;
  return by === null || atMs === null ? undefined : { by, ...present({ note }), at: renderTime(atMs) };
}

/** Leaves out members that are null in the database. */
function present<T extends object>(row: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function renderTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
