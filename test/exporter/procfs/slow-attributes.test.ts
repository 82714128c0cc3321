/** Attributes that may block: pipes stand for devices that answer late. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { ageFamilies, createSlowAttributes } from '../../../exporter/procfs/slow-attributes.ts';
import { createRecordingFaults } from '../../support/collector-host.ts';
import { endsWithin } from '../../support/ends-within.ts';

const work = mkdtempSync(join(tmpdir(), 'slow-attributes-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function attribute(name: string, content: string): string {
  const path = join(work, name);
  writeFileSync(path, content);
  return path;
}

test('returns contents by path, omits absent attributes and reports refused ones', async () => {
  const faults = createRecordingFaults();
  const read = createSlowAttributes({ faults });
  const path = attribute('frequency', '1200\n');
  const { texts, ageSeconds } = await read([path, join(work, 'none'), '/proc/self/mem']);
  expect(texts).toEqual(new Map([[path, '1200\n']]));
  expect(ageSeconds).toBe(0);
  expect(faults.lines).toEqual(['/proc/self/mem: EIO: i/o error, read']);
});

test('fast attributes are read in the calling thread after three reads', async () => {
  const read = createSlowAttributes({ faults: createRecordingFaults(), now: () => 0 });
  const path = attribute('fast', '1\n');
  for (let reading = 0; reading < 3; reading++) {
    const result = read([path]);
    expect(result).toBeInstanceOf(Promise);
    await result;
  }
  writeFileSync(path, '2\n');
  const result = read([path]);
  expect(result).not.toBeInstanceOf(Promise);
  expect((await result).texts.get(path)).toBe('2\n');
});

test('the second slow read in the calling thread moves an attribute to the thread pool for good', async () => {
  let nowMs = 0;
  let readMs = 0;
  // Each call of `now` returns a time that is `readMs` later than the previous time.
  const read = createSlowAttributes({ faults: createRecordingFaults(), now: () => (nowMs += readMs) });
  const path = attribute('stalls', '1\n');
  const readFast = async (times: number) => {
    readMs = 0;
    for (let reading = 0; reading < times; reading++) await read([path]);
  };
  const readSlowly = () => {
    readMs = 6;
    return read([path]);
  };
  await readFast(3);
  expect(readSlowly()).not.toBeInstanceOf(Promise);
  await readFast(3);
  expect(readSlowly()).not.toBeInstanceOf(Promise);
  await readFast(10);
  expect(read([path])).toBeInstanceOf(Promise);
});

test('attributes of devices that may hang stay in the thread pool', async () => {
  const read = createSlowAttributes({ faults: createRecordingFaults(), mayBecomeFast: () => false });
  const path = attribute('device', '1\n');
  for (let reading = 0; reading < 10; reading++) await read([path]);
  expect(read([path])).toBeInstanceOf(Promise);
});

test('a device that does not answer delays a read by a second at most, and costs its own value', async () => {
  const pipe = join(work, 'pipe');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  const path = attribute('beside', '7\n');
  const read = createSlowAttributes({ faults: createRecordingFaults() });
  const reading = Promise.resolve(read([path, pipe]));
  expect(await endsWithin(1_500, reading)).toBe(true);
  const { texts } = await reading;
  expect(texts).toEqual(new Map([[path, '7\n']]));
  const end = openSync(pipe, 'w');
  writeSync(end, '21500\n');
  closeSync(end);
  await new Promise((resolve) => setTimeout(resolve, 100));
  // The next read waits for the device again; the value is that of the late answer.
  const late = await read([path, pipe]);
  expect(late.texts.get(pipe)).toBe('21500\n');
  expect(late.ageSeconds).toBeGreaterThan(0.05);
  closeSync(openSync(pipe, 'w'));
});

test('the age is a metric only when values are late', () => {
  expect(ageFamilies('hwmon', 0)).toEqual([]);
  expect(ageFamilies('hwmon', 1.5).map(({ samples }) => samples)).toEqual([
    [{ labels: { collector: 'hwmon' }, value: 1.5 }],
  ]);
});
