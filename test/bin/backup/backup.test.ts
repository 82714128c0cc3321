/** `hostpulse backup` and `hostpulse restore` of a stack that does not run. */
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readArchive, writeArchive } from '../../../bin/backup/archive.ts';
import { runCli } from '../../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-backup-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Creates a data directory with a database. */
function createData(name: string, files: Readonly<Record<string, string>> = {}): string {
  const data = join(folder, name);
  mkdirSync(data);
  new DatabaseSync(join(data, 'hostpulse.db')).exec('create table t (x); insert into t values (1)');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(data, file), text);
  return data;
}

test('a settings file elsewhere replaces the copy that an earlier restore left in the data directory', async () => {
  const data = createData('twice', { 'hostpulse.yml': '# old\n' });
  const config = join(folder, 'hostpulse.yml');
  writeFileSync(config, `data_dir: ${data}\n`);
  const archive = join(folder, 'twice.tar.gz');
  expect(await runCli(['backup', archive, '--config.file', config])).toMatchObject({ code: 0, stderr: '' });
  const target = join(folder, 'twice-restored');
  expect(await runCli(['restore', archive, '--data-dir', target])).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(target, 'hostpulse.yml'), 'utf8')).toBe(`data_dir: ${data}\n`);
});

test('the record of an earlier backup that a power loss has cut short is no obstacle', async () => {
  const data = createData('record', { 'backup.json': '' });
  const archive = join(folder, 'record.tar.gz');
  expect(await runCli(['backup', archive, '--data-dir', data])).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(join(data, 'backup.json'))).toBe(false);
});

test('a queue elsewhere is named, as the backup lacks it', async () => {
  const data = createData('queue', { 'gateway.yml': 'queue: {path: /srv/queue.db}\n' });
  const { code, stderr } = await runCli(['backup', join(folder, 'queue.tar.gz'), '--data-dir', data]);
  expect([code, stderr]).toEqual([0, expect.stringContaining(`queue.path of ${join(data, 'gateway.yml')}`)]);
});

const isRoot = process.getuid?.() === 0;

(isRoot ? test : test.skip)(
  'root restores for the owner of the folder, also where no data directory exists',
  async () => {
    const archive = join(folder, 'owner.tar.gz');
    const data = createData('owner', { 'admin-key': 'key\n' });
    expect(await runCli(['backup', archive, '--data-dir', data])).toMatchObject({ code: 0 });
    const service = join(folder, 'service');
    mkdirSync(service);
    chownSync(service, 4_711, 4_712);
    const target = join(service, 'data');
    const restore = (...flags: readonly string[]) => runCli(['restore', archive, '--data-dir', target, ...flags]);
    expect(await restore()).toMatchObject({ code: 0, stderr: '' });
    for (const file of [target, join(target, 'admin-key'), join(target, 'hostpulse.db')])
      expect(statSync(file)).toMatchObject({ uid: 4_711, gid: 4_712 });
    const { stdout } = await restore('--force');
    const [aside = ''] = /\S*before-restore-\S*(?=;)/.exec(stdout) ?? [];
    expect(statSync(aside)).toMatchObject({ uid: 4_711, gid: 4_712 });
  },
);

describe('writeArchive', () => {
  const head = { format: 1, version: '1.0.0', createdAt: '2026-11-29T12:00:00Z' };
  const { signal } = new AbortController();

  async function pathsIn(archive: string): Promise<readonly string[]> {
    const paths: string[] = [];
    for await (const { path, content } of readArchive(archive)) {
      paths.push(path);
      for await (const _ of content);
    }
    return paths;
  }

  test('leaves out a file that the running stack has deleted, and refuses to lack another', async () => {
    const kept = join(folder, 'kept');
    writeFileSync(kept, 'x');
    const gone = { path: 'data/gone', file: join(folder, 'gone') };
    const target = join(folder, 'gone.tar');
    const files = [
      { ...gone, mayVanish: true },
      { path: 'data/kept', file: kept },
    ] as const;
    expect(await writeArchive({ target, head, signal, files })).toMatchObject([{ path: 'data/kept', sizeBytes: 1 }]);
    expect(await pathsIn(target)).toEqual(['hostpulse-backup.json', 'data/kept', 'manifest.json']);
    await expect(writeArchive({ target: `${target}2`, head, signal, files: [gone] })).rejects.toThrow('ENOENT');
  });
});
