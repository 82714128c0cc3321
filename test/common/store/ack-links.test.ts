/** Signed links: valid ones, expired ones, and every way to forge one. */
import { describe, expect, test } from '@jest/globals';
import { ackLinkLifetimeMs, createAckPath, verifyAckLink } from '../../../common/store/ack-links.ts';
import { openStore } from '../../../common/store/open.ts';
import { type Episode, openEpisode } from '../../../common/store/relay-records.ts';
import type { Database } from '../../../common/store/schema.ts';
import { databases, useDatabase } from '../../support/databases.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

async function open(db: Database, index: number, openedAtMs = nowMs): Promise<Episode> {
  const labels = { alertname: 'Cpu', instance: `web-${index}` };
  const firing = { fingerprint: `f${index}`, labels, annotations: {}, receiver: 'relay', startsAtMs: nowMs };
  return openEpisode(db, { ...firing, nowMs: openedAtMs, generatorUrl: undefined, externalUrl: undefined });
}

const queryOf = (path: string): URLSearchParams => new URLSearchParams(path.split('?')[1]);

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);

  test('a link is valid for its alert and scope until it expires', async () => {
    const store = await openStore(await database.create());
    try {
      const episode = await open(store.db, 1);
      const paths = await Promise.all(
        (['alert', 'group'] as const).map((scope) => createAckPath(store.db, episode, { scope, nowMs })),
      );
      for (const [index, scope] of (['alert', 'group'] as const).entries()) {
        const query = queryOf(paths[index] ?? '');
        expect(await verifyAckLink(store.db, query, nowMs)).toEqual({ kind: 'valid', scope, episode });
        expect((await verifyAckLink(store.db, query, nowMs + ackLinkLifetimeMs - 1)).kind).toBe('valid');
        expect(await verifyAckLink(store.db, query, nowMs + ackLinkLifetimeMs)).toEqual({ kind: 'expired' });
      }
    } finally {
      await store.close();
    }
  });

  test('every change of a link is noticed', async () => {
    const store = await openStore(await database.create());
    try {
      const [episode] = [await open(store.db, 1), await open(store.db, 2)];
      const query = queryOf(await createAckPath(store.db, episode, { scope: 'alert', nowMs }));
      const changed = (change: Readonly<Record<string, string | undefined>>): URLSearchParams => {
        const copy = new URLSearchParams(query);
        for (const [key, value] of Object.entries(change))
          if (value === undefined) copy.delete(key);
          else copy.set(key, value);
        return copy;
      };
      const key = query.get('key') ?? '';
      const forgeries = [
        changed({ alert: '2' }),
        changed({ alert: '99' }),
        changed({ alert: undefined, group: '1' }),
        changed({ group: '1' }),
        changed({ until: String(Number(query.get('until')) + 1) }),
        changed({ key: `${key.startsWith('A') ? 'B' : 'A'}${key.slice(1)}` }),
        changed({ key: key.slice(1) }),
        changed({ key: '' }),
        changed({ key: `${key}ä` }),
        changed({ key: undefined }),
        changed({ until: undefined }),
        changed({ alert: '1e0' }),
        changed({ alert: '-1' }),
        changed({ alert: '9'.repeat(30) }),
        changed({ until: '9'.repeat(30) }),
        new URLSearchParams(),
      ];
      for (const each of forgeries) expect(await verifyAckLink(store.db, each, nowMs)).toEqual({ kind: 'forged' });
      expect((await verifyAckLink(store.db, query, nowMs)).kind).toBe('valid');
    } finally {
      await store.close();
    }
  });

  test('a link is not valid in another database, nor for another alert with the same id', async () => {
    const [one, two] = [await openStore(await database.create()), await openStore(await database.create())];
    try {
      const episode = await open(one.db, 1);
      const query = queryOf(await createAckPath(one.db, episode, { scope: 'alert', nowMs }));
      await open(two.db, 1);
      expect(await verifyAckLink(two.db, query, nowMs)).toEqual({ kind: 'forged' });
      await one.db.deleteFrom('alert_history').execute();
      await one.db
        .insertInto('alert_history')
        .values({ ...rowOf(episode), opened_at: nowMs + 1 })
        .execute();
      expect(await verifyAckLink(one.db, query, nowMs)).toEqual({ kind: 'forged' });
    } finally {
      await one.close();
      await two.close();
    }
  });
});

function rowOf({ labels, annotations, ...row }: Episode) {
  return { ...row, labels: JSON.stringify(labels), annotations: JSON.stringify(annotations) };
}
