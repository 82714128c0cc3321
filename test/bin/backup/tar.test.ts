/** An archive is read from pieces of any size, paths of any length included. Damage is an error that names it. */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { readTar, renderEntryHeader } from '../../../bin/backup/tar.ts';
import { tarEnd, tarPadding } from '../../../bin/backup/tar-header.ts';

const long = `data/${'folder/'.repeat(20)}${'f'.repeat(90)}`;
const longName = `data/${'ä'.repeat(100)}.rules.yml`;
const files = [
  { path: 'data/a', content: Buffer.from('first') },
  { path: long, content: Buffer.alloc(1_500, 'x') },
  { path: longName, content: Buffer.from('long') },
  { path: 'data/empty', content: Buffer.alloc(0) },
];
const bytes = Buffer.concat([
  ...files.flatMap(({ path, content }) => {
    const header = renderEntryHeader({ path, mode: 0o640, sizeBytes: content.length, timeSeconds: 1_700_000_000 });
    return [header, content, tarPadding(content.length)];
  }),
  tarEnd,
]);

async function* inPieces(of: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size);
}

async function readAll(of: Buffer, size = 512): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const { content, ...entry } of readTar(inPieces(of, size))) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found.push({ ...entry, text: Buffer.concat(chunks).toString() });
  }
  return found;
}

test.each([1, 7, 512, 513, 100_000])('reads every file from pieces of %d bytes', async (size) => {
  expect(await readAll(bytes, size)).toEqual(
    files.map(({ path, content }) => ({
      path,
      mode: 0o640,
      sizeBytes: content.length,
      timeSeconds: 1_700_000_000,
      text: content.toString(),
    })),
  );
});

test('a size above 8 GiB is written and read', async () => {
  const sizeBytes = 9 * 2 ** 30;
  const header = renderEntryHeader({ path: 'data/large', mode: 0o600, sizeBytes, timeSeconds: 0 });
  const { value } = await readTar(inPieces(header, 512)).next();
  expect(value).toMatchObject({ path: 'data/large', sizeBytes });
});

test('a wrong checksum, a missing end and an entry of another type are errors', async () => {
  const flipped = Buffer.from(bytes);
  flipped[3] = 0x7f;
  await expect(readAll(flipped)).rejects.toThrow('a header has a wrong checksum');
  await expect(readAll(bytes.subarray(0, 700))).rejects.toThrow('the archive ends too early');
  const link = Buffer.from(bytes);
  link.write('2', 156);
  const sum = link
    .subarray(0, 512)
    .fill(' ', 148, 156)
    .reduce((total, byte) => total + byte, 0);
  link.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  await expect(readAll(link)).rejects.toThrow('data/a: expected a regular file, got type 2');
});

test('tar reads the paths', () => {
  const names = execFileSync('tar', ['--quoting-style=literal', '-tf', '-'], { input: bytes, encoding: 'utf8' });
  expect(names.trim().split('\n')).toEqual(files.map(({ path }) => path));
});
