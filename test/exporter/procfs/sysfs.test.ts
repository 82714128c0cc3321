/** What of a failed read of sysfs is "the device does not tell", and what is a fault; and what is kept for how long. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { kept } from '../../../exporter/collector/cached-reading.ts';
import { readSlowIntegers } from '../../../exporter/collectors/cpufreq/slow-attributes.ts';
import {
  isUntold,
  tryReadAttribute,
  tryReadInteger,
  tryReadLine,
  tryReadLineOrNone,
  validText,
} from '../../../exporter/procfs/sysfs.ts';

const work = mkdtempSync(join(tmpdir(), 'sysfs-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test.each(['ENOENT', 'EACCES', 'EINVAL', 'EOPNOTSUPP', 'ENODATA', 'EIO', 'EAGAIN', 'EREMOTEIO', 'ENODEV'])(
  '%s: the device does not tell',
  (code) => expect(isUntold(failure(code))).toBe(true),
);

test.each(['EMFILE', 'ENFILE', 'ENOMEM', 'EISDIR', 'ELOOP'])('%s is a fault', (code) => {
  expect(isUntold(failure(code))).toBe(false);
});

test('a real read that fails: EIO', () => {
  expect(() => readFileSync('/proc/self/mem')).toThrow('EIO');
  expect(tryReadAttribute('/proc/self/mem')).toBeUndefined();
  expect(tryReadInteger('/proc/self/mem')).toBeUndefined();
});

const speed = '/sys/class/net/lo/speed';
(existsSync(speed) ? test : test.skip)('a real attribute that is refused: the speed of the loopback device', () => {
  expect(() => readFileSync(speed)).toThrow('EINVAL');
  expect(tryReadInteger(speed)).toBeUndefined();
});

test('a folder in place of an attribute is a fault', () => expect(() => tryReadAttribute(work)).toThrow('EISDIR'));

test('lines: cut short or empty is an error, unless there may be none', () => {
  const path = join(work, 'attribute');
  const write = (text: string) => writeFileSync(path, text);
  write('  text \n');
  expect(tryReadLine(path)).toBe('text');
  write('text');
  expect(() => tryReadLine(path)).toThrow('text ends within a line');
  write('');
  expect(() => tryReadLine(path)).toThrow('expected one line, got 0');
  expect(tryReadLineOrNone(path)).toBe('');
  write('\n');
  expect(tryReadLine(path)).toBe('');
});

test('a run of broken bytes is one mark', () => expect(validText(' a\uFFFD\uFFFDb\uFFFD ')).toBe('a\uFFFDb\uFFFD'));

describe('kept', () => {
  function counter() {
    const time = { ms: 1_000_000 };
    let reads = 0;
    const read = kept((key) => `${key}${++reads}`, { ageMs: 60_000, now: () => time.ms });
    return { time, read };
  }

  test('until it is old, the clock is set back, or its key changes', () => {
    const { time, read } = counter();
    expect([read('a'), read('a')]).toEqual(['a1', 'a1']);
    time.ms += 60_000;
    expect(read('a')).toBe('a1');
    time.ms += 1;
    expect(read('a')).toBe('a2');
    time.ms -= 1;
    expect(read('a')).toBe('a3');
    expect([read('b'), read('a')]).toEqual(['b4', 'a5']);
  });

  test('what threw is not kept', () => {
    let attempts = 0;
    const read = kept(
      () => {
        if (++attempts === 1) throw new Error('no');
        return 'yes';
      },
      { ageMs: 60_000, now: () => 0 },
    );
    expect(() => read()).toThrow('no');
    expect(read()).toBe('yes');
  });
});

test('slow attributes: integers by path, what is not told left out', async () => {
  const path = join(work, 'frequency');
  writeFileSync(path, '1200\n');
  expect(await readSlowIntegers([path, join(work, 'none'), '/proc/self/mem'])).toEqual(new Map([[path, 1200]]));
  writeFileSync(path, '12x\n');
  await expect((async () => readSlowIntegers([path]))()).rejects.toThrow('expected an integer, got "12x"');
});
