import { expect, test } from '@jest/globals';
import { writeAr } from '../../../../scripts/package/archive/ar.ts';

test('members have headers of 60 bytes and are padded to even lengths: deb(5)', () => {
  const archive = writeAr(
    [
      { name: 'debian-binary', content: Buffer.from('2.0\n') },
      { name: 'odd', content: Buffer.from('abc') },
    ],
    1_700_000_000,
  );
  expect(archive.toString('latin1')).toBe(
    [
      '!<arch>\n',
      'debian-binary   1700000000  0     0     100644  4         `\n2.0\n',
      'odd             1700000000  0     0     100644  3         `\nabc\n',
    ].join(''),
  );
});

test('a name that does not fit is refused', () => {
  const member = { name: 'seventeen-letters', content: Buffer.alloc(0) };
  expect(() => writeAr([member], 0)).toThrow('longer than 16 characters: seventeen-letters');
});
