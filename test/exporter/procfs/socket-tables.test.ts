/** Socket tables of a busy host. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSocketReader, createSocketTables } from '../../../exporter/procfs/socket-tables.ts';
import { OverBudgetError } from '../../../exporter/procfs/work-budget.ts';
import { threadCpuMs } from '../../support/turn-cost.ts';

const work = mkdtempSync(join(tmpdir(), 'socket-tables-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const { signal } = new AbortController();

const headings = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const socket = (index: number) =>
  `${String(index).padStart(4)}: 0100007F:0277 00000000:0000 0A 00000001:00000002 00:00000000 00000000     0        0 586 1 0 100 0 0 10 0\n`;

describe('half a million sockets', () => {
  const path = join(work, 'tcp');
  const count = 500_000;
  beforeAll(() => {
    const block = Array.from({ length: 1_000 }, (_, index) => socket(index)).join('');
    writeFileSync(path, headings + block.repeat(count / 1_000));
  });

  test('are counted within the time limit', async () => {
    const [table] = await createSocketTables([path], { now: Date.now, limitMs: 60_000 })(signal);
    expect(table).toMatchObject({ sockets: count, txQueuedBytes: count, rxQueuedBytes: 2 * count });
  });

  test('are abandoned above the time limit', async () => {
    const read = createSocketTables([path], { now: Date.now, limitMs: 5 });
    const startedMs = threadCpuMs();
    await expect(read(signal)).rejects.toBeInstanceOf(OverBudgetError);
    await expect(read(signal)).rejects.toBeInstanceOf(OverBudgetError);
    expect(threadCpuMs() - startedMs).toBeLessThan(1_000);
  });
});

test('parsing in parts gives the sums of the whole table', () => {
  const text = headings + socket(0) + socket(1) + socket(2);
  for (let size = 1; size < 40; size++) {
    const reader = createSocketReader('tcp');
    for (let from = 0; from < text.length; from += size) reader.add(text.slice(from, from + size));
    expect(reader.end()).toMatchObject({ sockets: 3, byState: new Map([[10, 3]]) });
  }
});
