/** The alert history: filters, stable pages, delivery status of notifications. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { enqueueNotifications, settleNotifications } from '../../../../alert-relay/store/outbox.ts';
import {
  joinEpisode,
  openEpisode,
  setValueAtResolve,
  tryCloseEpisode,
} from '../../../../common/store/relay-records.ts';
import { databases, useDatabase } from '../../../support/databases.ts';
import { type RunningGateway, startGateway } from '../../../support/gateway.ts';

interface Alert {
  readonly id: number;
  readonly rule: string;
  readonly host?: string;
}

const baseMs = Date.parse('2026-01-01T00:00:00Z');
describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let gateway: RunningGateway;

  /** Three alerts, an hour apart: CPU on web-1 (closed), memory on web-2 (open), a watchdog without host (open). */
  beforeAll(async () => {
    const { url: databaseUrl } = await database.create();
    gateway = await startGateway({ databaseUrl });
    const { db } = gateway.store;
    const alerts = [
      { alertname: 'CpuHigh', severity: 'warning', instance: 'web-1' },
      { alertname: 'MemoryHigh', severity: 'critical', instance: 'web-2' },
      { alertname: 'Watchdog' },
    ];
    for (const [index, labels] of alerts.entries()) {
      const nowMs = baseMs + index * 3_600_000;
      const firing = { fingerprint: `f${index}`, labels, annotations: { value: '91.5' }, receiver: 'relay', nowMs };
      const told = { ...firing, generatorUrl: undefined, externalUrl: undefined, startsAtMs: nowMs - 1_000 };
      await joinEpisode(db, (await openEpisode(db, told)).id, told);
    }
    await enqueueNotifications(db, [{ episodeId: 1, channel: 'slack', status: 'firing', nowMs: baseMs }]);
    await settleNotifications(db, { ids: [1], reason: null, nowMs: baseMs + 500 });
    await enqueueNotifications(db, [{ episodeId: 1, channel: 'email', status: 'firing', nowMs: baseMs }]);
    await settleNotifications(db, { ids: [2], reason: 'mailbox full', nowMs: baseMs + 700 });
    await tryCloseEpisode(db, { id: 1, endsAtMs: baseMs + 60_000, nowMs: baseMs + 61_000, resolution: 'announced' });
    await setValueAtResolve(db, 1, 42.5);
  });
  afterAll(() => gateway.stop());

  async function search(query: string): Promise<{ alerts: Alert[]; next_cursor?: string }> {
    const response = await gateway.get(`/api/v1/alerts?${query}`);
    if (response.status !== 200) throw new Error(`${query}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { alerts: Alert[]; next_cursor?: string };
  }

  test('an alert has all its members', async () => {
    const { alerts, ...rest } = await search('rule=CpuHigh');
    expect(rest).toEqual({});
    expect(alerts).toEqual([
      {
        id: 1,
        rule: 'CpuHigh',
        state: 'resolved',
        severity: 'warning',
        host: 'web-1',
        fingerprint: 'f0',
        labels: { alertname: 'CpuHigh', severity: 'warning', instance: 'web-1' },
        annotations: { value: '91.5' },
        starts_at: '2025-12-31T23:59:59.000Z',
        ends_at: '2026-01-01T00:01:00.000Z',
        resolution: 'announced',
        value_at_resolve: 42.5,
        acknowledgement_changes: [],
        notifications: [
          {
            channel: 'slack',
            status: 'firing',
            state: 'delivered',
            attempts: 1,
            created_at: '2026-01-01T00:00:00.000Z',
            settled_at: '2026-01-01T00:00:00.500Z',
          },
          {
            channel: 'email',
            status: 'firing',
            state: 'dead',
            attempts: 1,
            created_at: '2026-01-01T00:00:00.000Z',
            settled_at: '2026-01-01T00:00:00.700Z',
            reason: 'mailbox full',
          },
        ],
      },
    ]);
  });

  test('members that an open alert does not have are absent', async () => {
    const { alerts } = await search('rule=Watchdog');
    expect(alerts.map((each) => Object.keys(each).sort())).toEqual([
      [
        'acknowledgement_changes',
        'annotations',
        'fingerprint',
        'id',
        'labels',
        'notifications',
        'rule',
        'starts_at',
        'state',
      ],
    ]);
  });

  test.each([
    ['', [3, 2, 1]],
    ['id=2', [2]],
    ['id=1&id=3&id=99', [3, 1]],
    ['id=1&state=firing', []],
    ['state=firing', [3, 2]],
    ['state=resolved', [1]],
    ['severity=warning&severity=critical', [2, 1]],
    ['host=web-2', [2]],
    ['host=none', []],
    ["rule=Watchdog'%20or%201=1%20--", []],
    ['start=2026-01-01T00:01:00Z', [3, 2, 1]],
    ['start=2026-01-01T00:01:00.001Z', [3, 2]],
    ['end=2026-01-01T01:00:00Z', [2, 1]],
    [`end=${baseMs - 1_000}`, [1]],
    [`end=${baseMs - 1_001}`, []],
  ])('filter %s', async (query, ids) => {
    expect((await search(query)).alerts.map(({ id }) => id)).toEqual(ids);
  });

  test('pages continue where the previous one ended, also if new alerts came', async () => {
    const first = await search('limit=2');
    expect(first).toMatchObject({ alerts: [{ id: 3 }, { id: 2 }], next_cursor: '2' });
    const nowMs = baseMs + 9e6;
    const labels = { alertname: 'Late' };
    const told = { fingerprint: 'late', labels, annotations: {}, receiver: 'relay', startsAtMs: nowMs, nowMs };
    await openEpisode(gateway.store.db, { ...told, generatorUrl: undefined, externalUrl: undefined });
    const second = await search(`limit=2&cursor=${first.next_cursor}`);
    expect(second.alerts.map(({ id }) => id)).toEqual([1]);
    expect(second.next_cursor).toBeUndefined();
  });

  test('an invalid id is refused with its name', async () => {
    const response = await gateway.get('/api/v1/alerts?id=x');
    expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ path: 'id[0]' }] }]);
  });

  test('a credential that is bound to a host does not see an alert of another host by its id', async () => {
    const key = await gateway.createKey({ host: 'web-1' });
    const response = await gateway.get('/api/v1/alerts?id=1&id=2', { authorization: `Bearer ${key}` });
    expect(((await response.json()) as { alerts: Alert[] }).alerts.map(({ id }) => id)).toEqual([1]);
  });
});
