/** The stack's API keys: valid, reused at the next start, replaced when lost, with the scopes that their users need. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { compare } from 'bcryptjs';
import { createApiKey, tryKeyHolder } from '../../common/store/credentials/api-keys.ts';
import { openStore } from '../../common/store/open.ts';
import { ensureCredentials } from '../../stack/credentials.ts';
import { type DataDirectory, dataDirectory } from '../../stack/data/data-directory.ts';

let directory: DataDirectory;

beforeEach(() => {
  directory = dataDirectory(mkdtempSync(join(tmpdir(), 'hostpulse-credentials-')));
});

afterEach(() => rmSync(directory.root, { recursive: true }));

function keyFiles(): readonly string[] {
  return [directory.adminKey, directory.grafana.readKey, directory.prometheus.gatewayKey];
}

function files(): readonly string[] {
  return keyFiles().map((file) => readFileSync(file, 'utf8').trim());
}

async function scopes(): Promise<readonly unknown[]> {
  const store = await openStore({ path: directory.database });
  try {
    return await Promise.all(files().map(async (key) => (await tryKeyHolder(store.db, key, Date.now()))?.scopes));
  } finally {
    await store.close();
  }
}

test('the admin key has all scopes, the keys of Grafana and Prometheus read, and only the owner reads the files', async () => {
  await ensureCredentials(directory);
  expect(await scopes()).toEqual([['admin', 'read'], ['read'], ['read']]);
  for (const file of keyFiles()) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each(['prometheus', 'alertmanager'] as const)(
  "%s's password is in a file of its owner, and web.yml has its hash",
  async (name) => {
    await ensureCredentials(directory);
    const { password, alertmanagerPassword } = directory.prometheus;
    const file = name === 'prometheus' ? password : alertmanagerPassword;
    const [, user, hash = ''] =
      /^basic_auth_users:\n {2}(\w+): (\S+)\n$/.exec(readFileSync(directory[name].webConfig, 'utf8')) ?? [];
    expect(user).toBe('hostpulse');
    expect(await compare(readFileSync(file, 'utf8').trim(), hash)).toBe(true);
    for (const each of [file, directory[name].webConfig]) expect(statSync(each).mode & 0o777).toBe(0o600);
    expect(readFileSync(directory.alertmanager.passwordCopy, 'utf8')).toBe(readFileSync(alertmanagerPassword, 'utf8'));
  },
);

test('valid keys stay; only the key whose file is broken is replaced', async () => {
  await ensureCredentials(directory);
  const first = files();
  await ensureCredentials(directory);
  expect(files()).toEqual(first);
  writeFileSync(directory.grafana.readKey, 'broken\n');
  await ensureCredentials(directory);
  expect(files()[0]).toBe(first[0]);
  expect(files()[1]).not.toBe(first[1]);
  expect(await scopes()).toEqual([['admin', 'read'], ['read'], ['read']]);
});

test('keys that a user created stay valid', async () => {
  const store = await openStore({ path: directory.database });
  const { key } = await createApiKey(store.db, { name: 'grafana', scopes: ['read'], nowMs: Date.now() });
  await store.close();
  await ensureCredentials(directory);
  const again = await openStore({ path: directory.database });
  expect(await tryKeyHolder(again.db, key, Date.now())).toMatchObject({ scopes: ['read'] });
  await again.close();
});
