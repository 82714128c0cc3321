/** The thread that writes repair windows to disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { openStore } from '../../../../common/store/open.ts';
import { createWindowThread } from '../../../../ingest-gateway/rollups/repair/repair-windows.ts';
import { dueRepairWindows } from '../../../../ingest-gateway/rollups/tier/tier-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-windows-'));
afterAll(() => rmSync(folder, { recursive: true }));

const window = { host: 'web-1', tier: '1m', fromMs: 0, toMs: 600_000, storedMs: 700_000, dueMs: 820_000 } as const;

/** Returns the number of open ports to threads. */
const ports = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length;

test('the first window starts the thread, and is on disk when its write ends; no window starts no thread', async () => {
  const path = join(folder, 'hostpulse.db');
  const store = await openStore({ path });
  const thread = createWindowThread({ databasePath: path });
  const before = ports();
  await thread.add([]);
  expect(ports()).toBe(before);
  await thread.add([window]);
  expect(ports()).toBe(before + 1);
  expect(await dueRepairWindows(store.db, window.dueMs)).toMatchObject([{ host: 'web-1', tier: '1m', toMs: 600_000 }]);
  await thread.stop();
  await store.close();
});
