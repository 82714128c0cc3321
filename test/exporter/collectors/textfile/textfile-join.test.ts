/** Numbers in the labels `le` and `quantile`. Joined files are in test/cases/collectors/textfile. */
import { expect, test } from '@jest/globals';
import { goFloat } from '../../../../exporter/collectors/textfile/textfile-join.ts';

test.each([
  [0, '0'],
  [0.5, '0.5'],
  [0.0001, '0.0001'],
  [0.000_01, '1e-05'],
  [100_000, '100000'],
  [1_000_000, '1e+06'],
  [1_638_400, '1.6384e+06'],
  [-2.5e-10, '-2.5e-10'],
  [1e100, '1e+100'],
  [Infinity, '+Inf'],
  [NaN, 'NaN'],
])('%d in Go is %s', (value, text) => expect(goFloat(value)).toBe(text));
