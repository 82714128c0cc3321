/** Headers of tar archives, rendered and parsed. */
import { expect, test } from '@jest/globals';
import { parseTarHeader, renderTarHeader, trySplitPath } from '../../../bin/backup/tar-header.ts';

const entry = { mode: 0o640, sizeBytes: 7, timeSeconds: 1_700_000_000 };

test.each(['data/a', `${'folder/'.repeat(20)}${'f'.repeat(100)}`])('parses the header of %s', (path) => {
  expect(parseTarHeader(renderTarHeader({ ...entry, path }))).toEqual({ ...entry, path, type: '0' });
});

test.each([8 ** 11 - 1, 8 ** 11, 9 * 2 ** 40])('a size of %d bytes is exact', (sizeBytes) => {
  expect(parseTarHeader(renderTarHeader({ ...entry, path: 'a', sizeBytes }))).toMatchObject({ sizeBytes });
});

test('a path that ustar cannot hold is an error', () => {
  const path = 'x'.repeat(101);
  expect(() => renderTarHeader({ ...entry, path })).toThrow(`the path is too long for tar: ${path}`);
  expect(trySplitPath(`${'p'.repeat(156)}/name`)).toBeUndefined();
  expect(trySplitPath(`${'p'.repeat(155)}/name`)).toEqual({ prefix: 'p'.repeat(155), name: 'name' });
});
