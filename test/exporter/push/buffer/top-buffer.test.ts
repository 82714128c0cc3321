/** Records of processes in the file of the push buffer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { TopRecord } from '../../../../common/top/top-record.ts';
import { createSampleBuffer, type SampleBuffer } from '../../../../exporter/push/buffer/sample-buffer.ts';
import { openSampleSegments, type SampleSegments } from '../../../../exporter/push/buffer/sample-segments.ts';
import { createTopBuffer } from '../../../../exporter/push/buffer/top-buffer.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

const work = mkdtempSync(join(tmpdir(), 'top-buffer-'));
const opened: SampleBuffer[] = [];
afterAll(() => {
  for (const buffer of opened) buffer.close();
  rmSync(work, { recursive: true, force: true });
});

function open(name: string): SampleBuffer {
  const path = join(work, name, 'push.queue');
  const log = createRecordingLog();
  const buffer = createSampleBuffer({
    path,
    log,
    maxBytes: 2 ** 30,
    maxAgeMs: 86_400_000,
    now: () => 1,
    busyTimeoutMs: 50,
  });
  opened.push(buffer);
  return buffer;
}

const record = (minute: number): TopRecord => ({
  from_ms: minute * 60_000,
  to_ms: (minute + 1) * 60_000,
  processes: [{ pid: minute, name: 'a "b"', cpu_cores: 0.25, memory_bytes: 5 }],
});

const minutesOf = (buffer: SampleBuffer, max = 10_000) =>
  buffer.top.peek(max).map(({ record: { from_ms: fromMs } }) => fromMs / 60_000);

test('records stay in order until they are acknowledged, also over a restart', () => {
  const first = open('order');
  for (const minute of [1, 2, 3]) first.top.append(record(minute));
  const [stored] = first.top.peek(1);
  expect(stored?.record).toEqual(record(1));
  expect(minutesOf(first, 2)).toEqual([1, 2]);
  first.top.acknowledge(stored?.id ?? 0);
  first.close();
  const second = open('order');
  expect(minutesOf(second)).toEqual([2, 3]);
  second.top.append(record(4));
  expect(minutesOf(second)).toEqual([2, 3, 4]);
});

test('the newest records of 48 h stay', () => {
  open('bound').close();
  const segments = openSampleSegments(join(work, 'bound', 'push.queue'));
  expect(segments.top.append(Array.from({ length: 2_883 }, (_, at) => record(at + 1)))).toBe(3);
  segments.close();
  const buffer = open('bound');
  const minutes = minutesOf(buffer);
  expect(minutes).toHaveLength(2_880);
  expect([minutes[0], minutes.at(-1)]).toEqual([4, 2_883]);
});

test('records do not count as samples', () => {
  const buffer = open('samples');
  buffer.top.append(record(1));
  expect(buffer.state()).toMatchObject({ sets: 0, samples: 0 });
});

test('while the disk cannot be written, the records of an hour wait in memory', () => {
  const written: TopRecord[] = [];
  let isWritable = false;
  const segments = {
    top: {
      append: (records: readonly TopRecord[]) => written.push(...records),
      read: () => written.map((each, id) => ({ id, record: each })),
      remove: () => undefined,
    },
  } as unknown as SampleSegments;
  const buffer = createTopBuffer({ attempt: (work_) => (isWritable ? work_(segments) : undefined) });
  for (let minute = 1; minute <= 70; minute++) buffer.append(record(minute));
  expect(buffer.peek(100)).toEqual([]);
  isWritable = true;
  expect(buffer.peek(100)).toHaveLength(60);
  expect(written[0]).toEqual(record(11));
  buffer.append(record(71));
  expect(written).toHaveLength(61);
});
