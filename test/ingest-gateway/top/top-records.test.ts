import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../common/store/open.ts';
import type { TopRecord } from '../../../common/top/top-record.ts';
import { createTopRecords, keptMs } from '../../../ingest-gateway/top/top-records.ts';
import { topSizes } from '../../../ingest-gateway/top/top-table.ts';
import { databases, useDatabase } from '../../support/databases.ts';

const noon = Date.parse('2026-01-31T12:00:00Z');
const minute = 60_000;

/** The record of a minute, by default that which ends at noon. */
function recordOf(endsAfter = 0, name = 'ffmpeg'): TopRecord {
  const to_ms = noon + endsAfter * minute;
  const processes = [{ pid: 7, name, cpu_cores: 0.5, memory_bytes: 1_000, io_bytes_per_second: 3 }];
  return { from_ms: to_ms - minute, to_ms, processes };
}

describe.each(databases)('top_records on %s', (name) => {
  const database = useDatabase(name);
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.create());
  });
  afterAll(() => store.close());

  const open = (options: { maxBytes?: number; nowMs?: number; maxRows?: number; hostBytes?: number } = {}) =>
    createTopRecords({
      db: store.db,
      maxBytes: options.maxBytes ?? 2 ** 30,
      now: () => options.nowMs ?? noon,
      hostBound: { maxRows: options.maxRows ?? 1_000, maxBytes: options.hostBytes ?? 2 ** 20 },
    });

  test('a record is found at each instant of its minute, and at its start rather than the one before', async () => {
    const records = open({ nowMs: noon + 2 * minute });
    expect(await records.store('web-1', [recordOf(0, 'first'), recordOf(1, 'second')])).toEqual({
      accepted: 2,
      rejections: [],
    });
    const found = async (timeMs: number, host = 'web-1') => (await records.find(host, timeMs))?.processes[0]?.name;
    expect(await records.find('web-1', noon + 1)).toEqual(recordOf(1, 'second'));
    expect(await found(noon - minute)).toBe('first');
    expect(await found(noon - 5_000)).toBe('first');
    expect(await found(noon)).toBe('second');
    expect(await found(noon - minute - 5_000)).toBeUndefined();
    expect(await found(noon + minute + 290_000)).toBe('second');
    expect(await found(noon + minute + 310_000)).toBeUndefined();
    expect(await found(noon, 'web-2')).toBeUndefined();
    expect(await records.span('web-1')).toEqual({ fromMs: noon - minute, toMs: noon + minute });
    expect(await records.span('web-2')).toBeUndefined();
  });

  test('a time without a record between two others has none', async () => {
    const records = open({ nowMs: noon + 10 * minute });
    await records.store('gap', [recordOf(0), recordOf(9)]);
    expect(await records.find('gap', noon + 2 * minute)).toBeUndefined();
  });

  test('a record that comes twice changes nothing', async () => {
    const records = open();
    await records.store('twice', [recordOf(0, 'first')]);
    expect((await records.store('twice', [recordOf(0, 'again')])).accepted).toBe(1);
    expect((await records.find('twice', noon - 9_000))?.processes[0]?.name).toBe('first');
    expect(await topSizes(store.db, 'twice')).toMatchObject([{ rows: 1 }]);
  });

  test('records that are too old, ahead or of the wrong length are rejected with their index', async () => {
    const records = open();
    const { rejections, accepted } = await records.store('odd', [
      recordOf(-49 * 60),
      recordOf(6),
      { ...recordOf(0), from_ms: noon },
      { ...recordOf(0), from_ms: noon - 11 * minute },
      recordOf(0),
    ]);
    expect(accepted).toBe(1);
    expect(rejections.map(({ index, message }) => [index, message.slice(0, 40)])).toEqual([
      [0, 'expected an end within the last 48 h'],
      [1, 'expected an end by 2026-01-31T12:05:00.0'],
      [2, 'expected to_ms after from_ms by at most '],
      [3, 'expected to_ms after from_ms by at most '],
    ]);
  });

  test('records end after 48 h: with the next record of the host, and for all hosts when they expire', async () => {
    await open().store('old', [recordOf(-1), recordOf(0)]);
    const later = open({ nowMs: noon + keptMs - minute / 2 });
    await later.store('old', [recordOf(48 * 60 - 1)]);
    expect(await topSizes(store.db, 'old')).toMatchObject([{ rows: 2 }]);
    const muchLater = open({ nowMs: noon + 2 * keptMs });
    expect(await muchLater.find('old', noon - 9_000)).toBeUndefined();
    await muchLater.expire();
    expect(await topSizes(store.db)).toEqual([]);
  });

  test('a host keeps its newest records within its bounds', async () => {
    const hour = Array.from({ length: 60 }, (_, at) => recordOf(at - 59));
    await open({ maxRows: 10 }).store('rows', hour);
    expect(await topSizes(store.db, 'rows')).toMatchObject([{ rows: 10 }]);
    expect(await open().span('rows')).toEqual({ fromMs: noon - 10 * minute, toMs: noon });
    await open().store('bytes', hour);
    const bytes = (await topSizes(store.db, 'bytes'))[0]?.bytes ?? 0;
    await open({ hostBytes: bytes / 2 }).store('bytes', [recordOf(0)]);
    expect(await topSizes(store.db, 'bytes')).toMatchObject([{ rows: 30 }]);
  });

  test('beyond the bound of all hosts, those with the most lose their oldest', async () => {
    await open({ nowMs: noon + 2 * keptMs }).expire();
    const hour = Array.from({ length: 60 }, (_, at) => recordOf(at - 59));
    await open().store('small-1', hour.slice(-5));
    await open().store('large-1', hour);
    await open().store('large-2', hour.slice(-40));
    const sizes = await topSizes(store.db);
    const perRow = (sizes[0]?.bytes ?? 0) / (sizes[0]?.rows ?? 1);
    // Room for 45 records, of which each large host gets 20.
    await open({ maxBytes: Math.ceil(perRow * 45.5) }).expire();
    const rows = Object.fromEntries((await topSizes(store.db)).map((size) => [size.host, size.rows]));
    expect(rows).toEqual({ 'large-1': 20, 'large-2': 20, 'small-1': 5 });
    expect(await open().span('large-1')).toEqual({ fromMs: noon - 20 * minute, toMs: noon });
  });

  test('the bound of all hosts holds between two nights as well', async () => {
    await open({ nowMs: noon + 2 * keptMs }).expire();
    const hour = Array.from({ length: 60 }, (_, at) => recordOf(at - 59));
    const records = open({ maxBytes: 4_000 });
    for (const host of ['a', 'b', 'c', 'd']) await records.store(host, hour);
    const total = (await topSizes(store.db)).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(total).toBeGreaterThan(2_000);
    expect(total).toBeLessThanOrEqual(4_000);
  });
});
