import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { writeZip } from '../../../../scripts/package/archive/zip.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-zip-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Python's reader checks headers and checksums. */
const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(json.dumps([[i.filename, i.date_time, oct(i.external_attr >> 16), archive.read(i).decode()] for i in archive.infolist()]))
`;

test('an independent reader finds names, times, modes and contents', () => {
  const archive = writeZip(
    [
      { path: 'a/', mode: 0o755 },
      { path: 'a/run.exe', mode: 0o755, content: Buffer.from('program '.repeat(1_000)) },
      { path: 'a/empty', mode: 0o644, content: Buffer.alloc(0) },
    ],
    Date.UTC(2026, 10, 29, 7, 30, 42) / 1000,
  );
  expect(archive.length).toBeLessThan(500);
  const file = join(folder, 'test.zip');
  writeFileSync(file, archive);
  const time = [2026, 11, 29, 7, 30, 42];
  expect(JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }))).toEqual([
    ['a/run.exe', time, '0o100755', 'program '.repeat(1_000)],
    ['a/empty', time, '0o100644', ''],
  ]);
});
