import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { stripSymbols } from '../../../../scripts/package/agent/elf-symbols.ts';
import { removeLanguages } from '../../../../scripts/package/agent/icu-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-elf-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the runtime without symbols and languages is smaller, and runs', () => {
  const runtime = readFileSync(process.execPath);
  expect(removeLanguages(runtime)).toBeGreaterThan(20_000_000);
  const stripped = stripSymbols(runtime);
  expect(stripped.length).toBeLessThan(runtime.length * 0.9);
  const file = join(folder, 'node');
  writeFileSync(file, stripped, { mode: 0o755 });
  const script = `new Date(0).toLocaleString('en-US', { timeZone: 'Asia/Seoul' }) + ' ' + 'ﬁ'.normalize('NFKC') + ' ' + (1234.5).toLocaleString('ko')`;
  const env = { ...process.env, NODE_OPTIONS: '', TZ: 'UTC' };
  const printed = execFileSync(file, ['--print', script], { encoding: 'utf8', env });
  expect(printed.replaceAll('\u202f', ' ')).toBe('1/1/1970, 9:00:00 AM fi 1,234.5\n');
});

test('a file that is no ELF file is refused', () => {
  expect(() => stripSymbols(Buffer.from('MZ'))).toThrow('not a little-endian 64-bit ELF file');
  expect(() => removeLanguages(Buffer.alloc(100))).toThrow('the executable contains no ICU data');
});
