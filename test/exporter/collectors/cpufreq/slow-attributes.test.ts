/** Reading of attributes that may take their time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readSlowIntegers } from '../../../../exporter/collectors/cpufreq/slow-attributes.ts';

const work = mkdtempSync(join(tmpdir(), 'slow-attributes-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('returns integers by path, omits unavailable attributes and rejects malformed ones', async () => {
  const path = join(work, 'frequency');
  writeFileSync(path, '1200\n');
  expect(await readSlowIntegers([path, join(work, 'none'), '/proc/self/mem'])).toEqual(new Map([[path, 1200]]));
  writeFileSync(path, '12x\n');
  await expect((async () => readSlowIntegers([path]))()).rejects.toThrow('expected an integer, got "12x"');
});
