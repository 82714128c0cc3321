/** The push buffer on real files: order, acknowledgement, bounds, restarts. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createSampleBuffer, type SampleBuffer } from '../../../../exporter/push/buffer/sample-buffer.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

const work = mkdtempSync(join(tmpdir(), 'buffer-'));
const opened: SampleBuffer[] = [];
afterAll(() => {
  for (const buffer of opened) buffer.close();
  rmSync(work, { recursive: true, force: true });
});

const startMs = 1_800_000_000_000;
const layout = { bytes: Buffer.from('layout a') };
const all = { from: 0, to: Number.MAX_SAFE_INTEGER };
const many = { maxSamples: 1_000_000 };

function open(name: string, options: { maxBytes?: number; maxAgeMs?: number; now?: () => number } = {}) {
  const log = createRecordingLog();
  const path = join(work, name, 'push.queue');
  const buffer = createSampleBuffer({
    path,
    log,
    maxBytes: 2 ** 30,
    maxAgeMs: 86_400_000,
    now: () => startMs,
    busyTimeoutMs: 50,
    ...options,
  });
  opened.push(buffer);
  return { buffer, log, path };
}

/** The `index`-th set: ten values. */
function set(index: number, size = 10) {
  const values = new Uint8Array(Float64Array.from({ length: size }, (_, at) => index * 1_000 + at).buffer);
  return { timestampMs: startMs + index * 5_000, kind: 'samples' as const, layout, sampleCount: size, values };
}

function idsOf(buffer: SampleBuffer, range = all, bound: { maxSamples: number; maxSets?: number } = many): number[] {
  return buffer.peek(range, bound).map(({ id }) => id);
}

test('peek returns sets in order, to the bit, until they are acknowledged', () => {
  const { buffer } = open('order');
  for (let index = 1; index <= 5; index++) buffer.append(set(index));
  const [first, ...rest] = buffer.peek(all, many);
  expect(rest).toHaveLength(4);
  expect(first).toEqual({ ...set(1), id: 1, layout: { bytes: Uint8Array.from(layout.bytes) } });
  expect(idsOf(buffer)).toEqual([1, 2, 3, 4, 5]);
  buffer.acknowledge({ from: 1, to: 3 });
  expect(idsOf(buffer)).toEqual([4, 5]);
  expect(buffer.state()).toMatchObject({
    sets: 2,
    samples: 20,
    bytes: 160,
    oldestMs: startMs + 20_000,
    isDurable: true,
  });
});

test('peek is bounded by samples and returns at least one set', () => {
  const { buffer } = open('bounded');
  for (let index = 1; index <= 5; index++) buffer.append(set(index));
  expect(idsOf(buffer, all, { maxSamples: 39 })).toEqual([1, 2, 3]);
  expect(idsOf(buffer, all, { maxSamples: 1 })).toEqual([1]);
  expect(idsOf(buffer, { from: 3, to: 4 })).toEqual([3, 4]);
  expect(idsOf(buffer, all, { maxSamples: 1_000, maxSets: 2 })).toEqual([1, 2]);
  expect(idsOf(buffer, all, { maxSamples: 1_000, maxSets: 0 })).toEqual([1]);
});

test('an empty buffer', () => {
  const { buffer } = open('empty');
  expect(buffer.peek(all, many)).toEqual([]);
  expect(buffer.state()).toMatchObject({ sets: 0, samples: 0, bytes: 0 });
  expect(buffer.state()).not.toHaveProperty('oldestMs');
});

test('sets that were not acknowledged survive a restart, and ids and instants continue', () => {
  const first = open('restart');
  for (let index = 1; index <= 3; index++) first.buffer.append(set(index));
  first.buffer.acknowledge({ from: 1, to: 2 });
  first.buffer.close();
  const { buffer } = open('restart');
  expect(buffer.last()).toEqual({ id: 3, timestampMs: startMs + 15_000 });
  buffer.append(set(4));
  expect(idsOf(buffer)).toEqual([3, 4]);
  buffer.acknowledge(all);
  buffer.close();
  expect(open('restart').buffer.last()).toEqual({ id: 4, timestampMs: startMs + 20_000 });
});

test('a second exporter on the same buffer is refused', () => {
  const { path } = open('shared');
  expect(() => open('shared')).toThrow(`the push buffer ${path} is in use by another exporter`);
});

test('above max_bytes the oldest sets are dropped and counted', () => {
  const maxBytes = 512 * 1024;
  const { buffer, log, path } = open('max-bytes', { maxBytes });
  for (let index = 1; index <= 200; index++) buffer.append(set(index, 1_000));
  const { sets, samples, droppedSamples, usedBytes } = buffer.state();
  expect(usedBytes).toBeLessThanOrEqual(maxBytes);
  expect(usedBytes).toBeGreaterThan(maxBytes * 0.8);
  expect(samples + droppedSamples.max_bytes).toBe(200_000);
  expect(idsOf(buffer)).toEqual(Array.from({ length: sets }, (_, index) => 201 - sets + index));
  expect(statSync(path).size).toBeLessThan(maxBytes * 1.2);
  expect(log.lines.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
});

test('sets older than max_age are dropped and counted', () => {
  let nowMs = startMs;
  const { buffer } = open('max-age', { maxAgeMs: 60_000, now: () => nowMs });
  for (let index = 1; index <= 20; index++) {
    nowMs = startMs + index * 5_000;
    buffer.append(set(index));
  }
  expect(buffer.state()).toMatchObject({
    sets: 13,
    droppedSamples: { max_age: 70, max_bytes: 0, disk: 0, damaged: 0 },
  });
  expect(buffer.peek(all, many)[0]?.timestampMs).toBe(nowMs - 60_000);
});

test('sets that are set aside are not sent and not pending', () => {
  const { buffer } = open('aside');
  for (let index = 1; index <= 3; index++) buffer.append(set(index));
  buffer.setAside({ from: 1, to: 1 }, 'HTTP 400: no');
  expect(idsOf(buffer)).toEqual([2, 3]);
  expect(buffer.state()).toMatchObject({ sets: 2, samples: 20 });
});

test('sets that are set aside are deleted first above max_bytes', () => {
  const { buffer } = open('aside-first', { maxBytes: 512 * 1024 });
  for (let index = 1; index <= 40; index++) buffer.append(set(index, 1_000));
  buffer.setAside({ from: 1, to: 40 }, 'HTTP 400: no');
  for (let index = 41; index <= 80; index++) buffer.append(set(index, 1_000));
  expect(buffer.state()).toMatchObject({ sets: 40, droppedSamples: { max_bytes: 0 } });
});

test('a drain shrinks the file', () => {
  const { buffer, path } = open('shrinks');
  for (let index = 1; index <= 800; index++) buffer.append(set(index, 1_000));
  const fullBytes = statSync(path).size;
  expect(fullBytes).toBeGreaterThan(6e6);
  for (let index = 1; index <= 800; index += 20) buffer.acknowledge({ from: index, to: index + 19 });
  buffer.close();
  expect(statSync(path).size).toBeLessThan(fullBytes / 2);
});

test('a layout is stored once and deleted with its last set', () => {
  const { buffer } = open('layouts');
  const big = (index: number) => ({ bytes: new Uint8Array(100_000).fill(index) });
  const [a, b] = [big(1), big(2)];
  for (let index = 1; index <= 100; index++) buffer.append({ ...set(index), layout: index % 2 === 0 ? a : b });
  expect(buffer.state().usedBytes).toBeLessThan(400_000);
  for (let index = 101; index <= 130; index++) {
    buffer.append({ ...set(index), layout: big(index) });
    buffer.acknowledge({ from: 0, to: index });
  }
  expect(buffer.state().usedBytes).toBeLessThan(400_000);
});

test('sets with one layout share the object, across restarts', () => {
  const first = open('identity');
  for (let index = 1; index <= 3; index++) first.buffer.append(set(index));
  first.buffer.close();
  const [a, b, c] = open('identity').buffer.peek(all, many);
  expect(a?.layout).toBe(b?.layout);
  expect(b?.layout).toBe(c?.layout);
});
