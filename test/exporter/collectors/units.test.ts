/** Tests the units collector on a host with 500 units, and with a time limit. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { units } from '../../../exporter/collectors/units.ts';
import { createRecordingFaults, createRecordingLog, flagsOf, hostPaths } from '../../support/collector-host.ts';

const work = mkdtempSync(join(tmpdir(), 'units-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const count = 500;
const { signal } = new AbortController();

beforeAll(() => {
  const slice = join(work, 'sys', 'fs', 'cgroup', 'system.slice');
  for (let unit = 0; unit < count; unit++) {
    const folder = join(slice, `u${unit}.service`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cpu.stat'), `usage_usec ${unit}\nuser_usec ${unit}\nsystem_usec 0\n`);
    writeFileSync(join(folder, 'pids.current'), '1\n');
  }
  writeFileSync(join(work, 'sys', 'fs', 'cgroup', 'cgroup.controllers'), 'cpu memory\n');
});

function open(workLimitMs: number) {
  const context = { paths: hostPaths(work), log: createRecordingLog(), faults: createRecordingFaults() };
  return units.create({ ...context, flags: flagsOf(units), workLimitMs });
}

test('the 100 busiest of 500 units have series, and the others are counted', async () => {
  const families = await open(60_000)(signal);
  const samplesOf = (name: string) => families.find((family) => family.name === name)?.samples ?? [];
  expect(samplesOf('hostpulse_units_omitted')).toEqual([{ labels: {}, value: count - 100 }]);
  const shown = new Set(samplesOf('hostpulse_unit_tasks').map(({ labels }) => labels['unit']));
  expect(shown).toEqual(new Set(Array.from({ length: 100 }, (_, index) => `u${count - 1 - index}.service`)));
});

test('a read beyond the time limit fails the collector', async () => {
  await expect(open(0)(signal)).rejects.toThrow('units: not read within 0 ms of CPU time; next attempt after 0 s');
});
