import { expect, test } from '@jest/globals';
import { createHostNameWatch } from '../../../exporter/push/host-name-watch.ts';
import { createLogLines } from '../../support/log-lines.ts';

test('each new name is logged once, and the return to the former name', () => {
  const logged = createLogLines();
  let name = 'localhost';
  const notice = createHostNameWatch({ host: 'localhost', log: logged.log, readName: () => name });
  notice();
  expect(logged.lines()).toEqual([]);
  name = 'web-1';
  notice();
  notice();
  name = 'localhost';
  notice();
  expect(logged.lines().map(({ level, pushed_as, renamed_to }) => [level, pushed_as, renamed_to])).toEqual([
    ['warn', 'localhost', 'web-1'],
    ['info', undefined, undefined],
  ]);
});
