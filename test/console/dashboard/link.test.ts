/** The parameters of links. */
import { expect, test } from '@jest/globals';
import { urlParameters } from '../../../console/dashboard/link.ts';
import type { VariableValue } from '../../../console/dashboard/model.ts';

const common = { type: 'query', label: '', hidden: false, expr: '', pattern: /x/, allValue: '.+' } as const;

function chosen(name: string, selected: VariableValue['selected']): [string, VariableValue] {
  return [name, { variable: { ...common, name, multi: true, includeAll: true }, options: [], selected }];
}

test('links contain the selected values', () => {
  const selection = new Map([chosen('job', 'all'), chosen('instance', ['web-1', 'a&b'])]);
  expect(urlParameters(selection, ['job', 'instance', 'gone']).toString()).toBe(
    'var-job=%24__all&var-instance=web-1&var-instance=a%26b',
  );
});
