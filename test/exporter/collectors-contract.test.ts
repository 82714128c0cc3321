/** What every collector of the list promises, whatever it collects. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Family } from '../../common/family.ts';
import type { Collector } from '../../exporter/collector.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import { openCollector, readFamilies } from '../support/collector-host.ts';

const hosts = join(import.meta.dirname, '..', 'cases', 'hosts');
const ordinary = join(hosts, 'ordinary');
const work = mkdtempSync(join(tmpdir(), 'collectors-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** What collectors make of a host that has none of their files; all others fail. */
const withoutSource: Readonly<Record<string, readonly string[]>> = {
  sockstat: [],
  time: ['node_time_seconds', 'node_time_zone_offset_seconds'],
};

/** Places at which each file is cut. */
const cuts = 5;

describe.each(collectors.map((collector) => [collector.name, collector] as const))('%s', (name, collector) => {
  test('says what it is', () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(collector.help).toMatch(/^[A-Z].*\.$/);
  });

  test('its flags are unique, described, and valid by default', () => {
    const { flags } = collector;
    expect(new Set(flags.map((flag) => flag.name)).size).toBe(flags.length);
    for (const flag of flags) {
      expect(flag.name).toMatch(/^[a-z][a-z0-9.-]*$/);
      expect(flag.help).not.toBe('');
      if (flag.isSwitch) expect(['true', 'false']).toContain(flag.default);
      if (flag.default !== undefined) flag.check?.(flag.default);
    }
  });

  test('create touches no file', () => {
    expect(() => openCollector(collector, join(work, 'no-such-host'))).not.toThrow();
  });

  test.each(['ordinary', 'odd'])('its families on the %s host are legal', async (host) => {
    const families = await readFamilies(collector, join(hosts, host));
    expect(families.length).toBeGreaterThan(0);
    expect(new Set(families.map((family) => family.name)).size).toBe(families.length);
    for (const family of families) expectLegal(family);
  });

  test('reads twice alike, and shares nothing with another reader', async () => {
    const read = openCollector(collector, ordinary);
    const { signal } = new AbortController();
    const first = structuredClone(await read(signal));
    expect(await openCollector(collector, ordinary)(signal)).toEqual(first);
    expect(await read(signal)).toEqual(first);
  });

  test('a host without its files', async () => {
    const names = withoutSource[name];
    const empty = join(work, 'empty');
    mkdirSync(empty, { recursive: true });
    const reading = readAll(collector, empty);
    if (names === undefined) await expect(reading).rejects.toThrow(/no such file/);
    else
      expect((await reading).filter(({ samples }) => samples.length > 0).map((family) => family.name)).toEqual(names);
  });

  test('garbled files are an error', async () => {
    await expect(readAll(collector, garbledCopy(name))).rejects.toThrow();
  });

  test('a file cut short is an error or tells less, never otherwise', async () => {
    const whole = samplesOf(await readAll(collector, ordinary));
    const folder = copyOrdinary(`cut-${name}`);
    const wrong: string[] = [];
    let readings = 0;
    for (const path of [...listFiles(join(folder, 'proc')), ...listFiles(join(folder, 'sys'))]) {
      const content = readFileSync(path);
      for (let cut = 1; cut <= cuts; cut++) {
        writeFileSync(path, content.subarray(0, Math.floor((content.length * cut) / (cuts + 1))));
        for (const [sample, value] of samplesOf(await tryReadAll(collector, folder))) {
          if (whole.get(sample) !== value) wrong.push(`${path} cut at ${cut}/${cuts + 1}: ${sample} ${value}`);
        }
        readings++;
      }
      writeFileSync(path, content);
    }
    expect(readings).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  }, 60_000);
});

async function readAll(collector: Collector, folder: string): Promise<readonly Family[]> {
  const families = await readFamilies(collector, folder);
  return families;
}

/** A reading that failed tells nothing. */
function tryReadAll(collector: Collector, folder: string): Promise<readonly Family[]> {
  return readAll(collector, folder).catch(() => []);
}

/** Value by name and labels. */
function samplesOf(families: readonly Family[]): Map<string, number> {
  const samples = new Map<string, number>();
  for (const { name, samples: each } of families) {
    for (const { labels, value } of each) samples.set(`${name}${JSON.stringify(labels)}`, value);
  }
  return samples;
}

function copyOrdinary(name: string): string {
  const folder = join(work, name);
  cpSync(ordinary, folder, { recursive: true });
  return folder;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The ordinary host with the same nonsense in every file. */
function garbledCopy(name: string): string {
  const folder = copyOrdinary(`garbled-${name}`);
  for (const part of ['proc', 'sys', 'udev']) {
    for (const path of listFiles(join(folder, part))) writeFileSync(path, 'cpu0 \u0000 0x1F: -- NaN 1e9 Infinity');
  }
  return folder;
}

function expectLegal(family: Family): void {
  expect(family.name).toMatch(/^node_[A-Za-z0-9_]+$/);
  expect(family.help).not.toBe('');
  if (family.type === 'counter') expect(family.name).toMatch(/_total$/);
  const seen = new Set<string>();
  for (const { labels, value, suffix } of family.samples) {
    expect(suffix).toBeUndefined();
    expect(Number.isFinite(value)).toBe(true);
    const names = Object.keys(labels);
    expect(names).toEqual([...names].sort());
    for (const label of names) {
      expect(label).toMatch(/^[a-z_][a-z0-9_]*$/);
      expect(typeof labels[label]).toBe('string');
    }
    seen.add(JSON.stringify(labels));
  }
  expect(seen.size).toBe(family.samples.length);
}
