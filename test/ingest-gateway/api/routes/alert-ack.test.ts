/** `POST` and `DELETE /api/v1/alerts/{id}/ack`: results, names, errors and hosts of credentials. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openEpisode, tryCloseEpisode, tryEpisode } from '../../../../common/store/relay-records.ts';
import { databases, useDatabase } from '../../../support/databases.ts';
import { type RunningGateway, startGateway } from '../../../support/gateway.ts';

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let gateway: RunningGateway;
  let admin: string;
  let id = 0;

  beforeAll(async () => {
    const { url: databaseUrl } = await database.create();
    gateway = await startGateway({ databaseUrl });
    admin = await gateway.createKey({ scopes: ['admin'] });
  });
  afterAll(() => gateway.stop());

  beforeEach(async () => {
    const nowMs = Date.now();
    const labels = { alertname: 'Cpu', instance: 'web-1' };
    const firing = { fingerprint: `f${id}`, labels, annotations: {}, receiver: 'relay', startsAtMs: nowMs, nowMs };
    ({ id } = await openEpisode(gateway.store.db, { ...firing, generatorUrl: undefined, externalUrl: undefined }));
  });

  async function call(
    method: 'POST' | 'DELETE',
    path: string,
    { key = admin, body }: { key?: string; body?: unknown },
  ) {
    const response = await gateway.fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  const ack = (body: unknown, key?: string) =>
    call('POST', `/api/v1/alerts/${id}/ack`, { body, ...(key === undefined ? {} : { key }) });
  const listed = async () =>
    ((await (await gateway.get(`/api/v1/alerts?id=${id}`)).json()) as { alerts: Record<string, unknown>[] }).alerts[0];

  test('the history has who acknowledged, when and the note, also after the end', async () => {
    expect(await ack({ name: 'Ana', note: 'on it' })).toMatchObject({
      status: 200,
      body: { id, result: 'acknowledged', acknowledgement: { by: 'Ana', note: 'on it' } },
    });
    expect(await ack({ name: 'Ana', note: 'on it' })).toMatchObject({ status: 200, body: { result: 'unchanged' } });
    expect(await ack({ name: 'Bo' })).toMatchObject({ body: { result: 'changed', acknowledgement: { by: 'Bo' } } });
    const nowMs = Date.now();
    await tryCloseEpisode(gateway.store.db, { id, endsAtMs: nowMs, nowMs, resolution: 'announced' });
    expect(await listed()).toMatchObject({
      state: 'resolved',
      acknowledgement: { by: 'Bo', at: expect.any(String) },
      acknowledgement_changes: [
        { kind: 'acknowledged', by: 'Ana', note: 'on it' },
        { kind: 'acknowledged', by: 'Bo' },
      ],
    });
  });

  test('the default name is the name of the key', async () => {
    const result = await ack({});
    expect(result.body['acknowledgement']).toMatchObject({ by: expect.stringMatching(/^key-2/) });
  });

  test('a withdrawal', async () => {
    await ack({ name: 'Ana' });
    const withdraw = () => call('DELETE', `/api/v1/alerts/${id}/ack?name=Bo&note=wrong`, {});
    expect(await withdraw()).toEqual({ status: 200, body: { id, result: 'withdrawn' } });
    expect(await withdraw()).toEqual({ status: 200, body: { id, result: 'unchanged' } });
    const alert = await listed();
    expect(alert).not.toHaveProperty('acknowledgement');
    expect(alert?.['acknowledgement_changes']).toMatchObject([
      { kind: 'acknowledged', by: 'Ana' },
      { kind: 'withdrawn', by: 'Bo', note: 'wrong' },
    ]);
  });

  test.each([
    [{ name: '' }, 'name', 'expected a name'],
    [{ name: 'x'.repeat(101) }, 'name', 'expected at most 100 characters'],
    [{ name: 'a\nb' }, 'name', 'expected a name without control characters'],
    [{ name: 7 }, 'name', 'expected a name'],
    [{ note: 'x'.repeat(1_001) }, 'note', 'expected at most 1000 characters'],
    [{ who: 'Ana' }, 'who', 'unknown member'],
  ])('%j is refused with its place', async (body, path, message) => {
    expect(await ack(body)).toMatchObject({ status: 400, body: { errors: [{ path, message }] } });
    expect((await tryEpisode(gateway.store.db, id))?.acknowledged_by).toBeNull();
  });

  test('a resolved alert is 409, an unknown one 404, a read key 403, a key of another host 404', async () => {
    const reader = await gateway.createKey({ scopes: ['read'] });
    const other = await gateway.createKey({ scopes: ['admin'], host: 'web-2' });
    const own = await gateway.createKey({ scopes: ['admin'], host: 'web-1' });
    expect((await ack({}, reader)).status).toBe(403);
    expect((await ack({}, other)).status).toBe(404);
    expect((await ack({}, own)).status).toBe(200);
    expect((await call('DELETE', `/api/v1/alerts/${id}/ack`, { key: other })).status).toBe(404);
    expect((await call('POST', '/api/v1/alerts/999999/ack', { body: {} })).status).toBe(404);
    expect((await call('POST', '/api/v1/alerts/x/ack', { body: {} })).status).toBe(400);
    const nowMs = Date.now();
    await tryCloseEpisode(gateway.store.db, { id, endsAtMs: nowMs, nowMs, resolution: 'announced' });
    expect((await ack({})).status).toBe(409);
    expect((await call('DELETE', `/api/v1/alerts/${id}/ack`, {})).status).toBe(409);
  });
});
