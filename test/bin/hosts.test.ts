/** `hostpulse hosts forget`: marks the host for the gateway, and says so when there is none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { openStore } from '../../common/store/open.ts';
import { listPushedHosts, recordPushes } from '../../ingest-gateway/liveness/pushed-hosts.ts';
import { startCli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-hosts-'));
const databasePath = join(folder, 'hostpulse.db');
afterAll(() => rmSync(folder, { recursive: true }));

const forget = (host: string, path = databasePath) =>
  startCli(['hosts', 'forget', host, '--database.path', path]).ended;

test('a host that pushes is forgotten; another is an error', async () => {
  const store = await openStore({ path: databasePath });
  await recordPushes(store.db, [{ host: 'web-1', lastPushMs: 1, lastSampleMs: 1, intervalMs: 5_000 }]);
  expect(await forget('web-1')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^web-1 is no longer expected/),
  });
  expect(await listPushedHosts(store.db)).toMatchObject([{ host: 'web-1', forgottenMs: expect.any(Number) }]);
  await recordPushes(store.db, [{ host: 'web-1', lastPushMs: Date.now() + 1, lastSampleMs: 2, intervalMs: 5_000 }]);
  expect(await listPushedHosts(store.db)).toMatchObject([{ host: 'web-1', forgottenMs: undefined }]);
  await store.close();
  expect(await forget('web-2')).toMatchObject({ code: 1, stderr: 'hostpulse hosts: no host named "web-2" pushes\n' });
});

test('without a database nothing is made', async () => {
  expect(await forget('web-1', join(folder, 'none.db'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no database at'),
  });
});
