/** Suggestions for misspelt names, and the edit distance behind them. */
import { expect, test } from '@jest/globals';
import { didYouMean, editDistance } from '../../../../common/program/settings/nearest-name.ts';

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['abc', 'abc', 0],
  ['abc', 'abd', 1],
  ['abc', 'acb', 1],
  ['kitten', 'sitting', 3],
  ['ca', 'abc', 3],
])('from %j to %j: %d', (one, other, distance) => {
  expect([editDistance(one, other), editDistance(other, one)]).toEqual([distance, distance]);
});

test.each([
  ['listn', ['data_dir', 'listen', 'tls'], '; did you mean "listen"?'],
  ['Listen', ['data_dir', 'listen'], '; did you mean "listen"?'],
  ['tsl', ['data_dir', 'tls'], '; did you mean "tls"?'],
  ['cert', ['key_file', 'cert_file'], '; did you mean "cert_file"?'],
  ['port', ['data_dir', 'listen'], ''],
  ['x', [], ''],
] as const)('%s', (given, candidates, expected) => {
  expect(didYouMean(given, candidates)).toBe(expected);
});
