/** The list of hosts. */
import { expect, test } from '@jest/globals';
import { hostsIn } from '../../../console/api/hosts.ts';

const host = (name: string, up: boolean) => ({ host: name, mode: 'push', up }) as const;
const hosts = [host('web-10', true), host('web-2', true), host('web-3', false), host('db-1', false)];

test.each([
  [undefined, ['db-1', 'web-3', 'web-2', 'web-10']],
  ['up', ['web-2', 'web-10']],
  ['down', ['db-1', 'web-3']],
] as const)('in the state %s, those that are down first', (state, names) => {
  expect(hostsIn(hosts, state).map(({ host: name }) => name)).toEqual(names);
});
