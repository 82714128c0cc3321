/** The next backup removes the snapshot of a killed backup, and no other. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { beginBackup } from '../../../bin/backup/leftovers.ts';
import { dataDirectory } from '../../../stack/data/data-directory.ts';

const root = mkdtempSync(join(tmpdir(), 'hostpulse-leftovers-'));
afterAll(() => rmSync(root, { recursive: true }));

test('a snapshot of the operator stays', () => {
  const directory = dataDirectory(root);
  const folder = join(directory.prometheus.data, 'snapshots');
  const names = ['20261129T120030Z-5ead', '20261129T180000Z-0b5e', 'before-migration'];
  for (const name of names) mkdirSync(join(folder, name), { recursive: true });
  const killed = {
    pid: 1,
    startTicks: 'ended',
    staging: join(root, '.x.partial-1'),
    startedAt: '2026-11-29T12:00:00.000Z',
    snapshots: [],
  };
  writeFileSync(join(root, 'backup.json'), JSON.stringify(killed));
  const record = beginBackup(directory, join(root, 'x'));
  expect(readdirSync(folder)).toEqual(['20261129T180000Z-0b5e', 'before-migration']);
  record.clear();
  expect(readdirSync(folder)).toEqual(['20261129T180000Z-0b5e', 'before-migration']);
});
