/** `hostpulse sessions`: lists and ends sessions in the database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createLoginToken, tryOpenSession } from '../../common/store/credentials/sessions.ts';
import { openStore } from '../../common/store/open.ts';
import { startCli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-sessions-'));
const databasePath = join(folder, 'hostpulse.db');
afterAll(() => rmSync(folder, { recursive: true }));

const sessions = (...args: readonly string[]) => startCli(['sessions', ...args, '--database.path', databasePath]).ended;

test('list, revoke one, revoke all', async () => {
  const store = await openStore({ path: databasePath });
  for (let each = 0; each < 3; each += 1) {
    const token = await createLoginToken(store.db, { scopes: ['admin'], lifetimeMs: 1_000, nowMs: Date.now() });
    await tryOpenSession(store.db, token, Date.now());
  }
  await store.close();
  const { stdout } = await sessions('list');
  expect(stdout).toMatch(
    /^ID +OPENED BY +SCOPES +HOST +OPENED +ENDS\n(?:[0-9a-f]{16} {2}login link {2}admin +any .*\n){3}$/,
  );
  const id = /^[0-9a-f]{16}/m.exec(stdout)?.[0] ?? '';
  expect(await sessions('revoke', id)).toMatchObject({ code: 0, stdout: 'ended 1 session\n' });
  expect(await sessions('revoke', id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no session'),
  });
  expect(await sessions('revoke')).toMatchObject({ code: 2, stderr: expect.stringContaining('or --all') });
  expect(await sessions('revoke', '%')).toMatchObject({ code: 2, stderr: expect.stringContaining('expected the id') });
  expect(await sessions('revoke', '--all')).toMatchObject({ code: 0, stdout: 'ended 2 sessions\n' });
  expect((await sessions('list')).stdout).not.toContain('login link');
}, 60_000);
