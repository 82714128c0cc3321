/** Labels of a series that conflict with the labels of the host. */
import { expect, test } from '@jest/globals';
import { besideHostLabels } from '../../../../exporter/push/protocols/sender.ts';

test.each([
  [{ device: 'sda' }, { device: 'sda' }],
  [
    { instance: 'a', job: 'b' },
    { exported_instance: 'a', exported_job: 'b' },
  ],
  [
    { env: 'a', exported_env: 'b' },
    { exported_exported_env: 'a', exported_env: 'b' },
  ],
])('labels %j beside the host become %j', (labels, expected) => {
  expect(besideHostLabels(labels as unknown as Record<string, string>, { job: '', instance: '', env: '' })).toEqual(
    expected,
  );
});
