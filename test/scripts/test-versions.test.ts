import { expect, test } from '@jest/globals';
import { renderTable, testVersions } from '../../scripts/test-versions.ts';

test('the table has a heading and a row for each set', () => {
  const rows = [
    ['Set', 'Prometheus', 'tiers'],
    ['forky', '3.5.3', '9 passed, 0 failed'],
  ];
  expect(renderTable(rows)).toBe(
    '| Set | Prometheus | tiers |\n| --- | --- | --- |\n| forky | 3.5.3 | 9 passed, 0 failed |',
  );
});

test('an unknown set or suite is named', async () => {
  await expect(testVersions(['sarge'])).rejects.toThrow(
    /^no set or suite "sarge"; there are bookworm, trixie, forky, tiers, /,
  );
});
