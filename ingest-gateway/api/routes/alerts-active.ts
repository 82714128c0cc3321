/** Lists the active alerts of Alertmanager, each with the silences and inhibitions that mute it. */
import { z } from 'zod';
import { openEpisodes } from '../../../common/store/relay-records.ts';
import { allowedHosts } from '../../auth/host-scope.ts';
import { hostName } from '../../schema/fields.ts';
import { matchersText } from '../../schema/label-matcher.ts';
import { readActiveAlerts } from '../../silences/active-alerts.ts';
import { defineRoute, ok } from '../route.ts';

const texts = z.record(z.string(), z.string());

const filter = matchersText('a matcher such as instance="web-1"').meta({
  description: 'Matchers; the response has the alerts that match all of them.',
  examples: ['instance="web-1"'],
});

export const alertsActive = defineRoute({
  name: 'alerts-active',
  methods: ['GET'],
  path: '/api/v1/alerts/active',
  scope: 'read',
  summary: 'Active alerts, each with the silences and inhibitions that mute it',
  parameters: z.strictObject({
    filter: z.array(filter).max(100).optional(),
    host: z.array(hostName).max(1_000).optional(),
  }),
  response: z.object({
    time: z.iso.datetime(),
    watchdog_received_at: z.iso.datetime().optional().meta({
      description:
        'When Alertmanager last received Watchdog, the heartbeat of Prometheus. Absent if it is not active or does not match the filters.',
    }),
    alerts: z.array(
      z.object({
        fingerprint: z.string(),
        rule: z.string(),
        severity: z.string().optional(),
        host: z.string().optional(),
        labels: texts,
        annotations: texts,
        starts_at: z.iso
          .datetime()
          .meta({ description: "As in the alert's messages and history; restarts of Alertmanager do not change it." }),
        updated_at: z.iso.datetime(),
        state: z.enum(['active', 'suppressed', 'unprocessed']),
        silenced_by: z.array(z.string()).meta({ description: 'Ids of the silences that mute the alert.' }),
        inhibited_by: z.array(z.string()).meta({ description: 'Fingerprints of the alerts that inhibit the alert.' }),
      }),
    ),
  }),
  problems: [422],
  async handle({ parameters, principal, signal }, { alertmanager, db, now }) {
    const hosts = allowedHosts(parameters.host, principal);
    const matchers = (parameters.filter ?? []).flat();
    const { alerts: found, watchdogReceivedAt } = await readActiveAlerts(alertmanager, { matchers, signal });
    const starts = new Map((await openEpisodes(db)).map((episode) => [episode.fingerprint, episode.starts_at]));
    const alerts = found
      .map((alert) => ({ ...alert, starts_at: toTime(starts.get(alert.fingerprint)) ?? alert.starts_at }))
      .filter(({ host }) => hosts === undefined || (host !== undefined && hosts.includes(host)));
    return ok({
      time: new Date(now()).toISOString(),
      ...(watchdogReceivedAt === undefined ? {} : { watchdog_received_at: watchdogReceivedAt }),
      alerts,
    });
  },
});

function toTime(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
}
