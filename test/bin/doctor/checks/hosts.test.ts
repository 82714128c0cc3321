/** Silent hosts and outdated agents are reported with the command for them. */
import { expect, test } from '@jest/globals';
import { judgeHosts } from '../../../../bin/doctor/checks/hosts.ts';

test('silent and outdated hosts are warnings; exporters of others have no version', () => {
  const found = judgeHosts(
    [
      { host: 'web-1', up: true, version: '0.2.0' },
      { host: 'web-2', up: true, version: '0.1.0' },
      { host: 'web-3', up: false, last_seen: '2026-11-29T11:00:00.000Z', version: '0.1.0' },
      { host: 'db-1', up: true },
    ],
    '0.2.0',
  );
  expect(found).toMatchObject([
    {
      level: 'warning',
      message: 'web-3 is silent; last seen: 2026-11-29T11:00:00.000Z',
      remedy: expect.stringContaining('hosts forget web-3'),
    },
    {
      level: 'warning',
      message: 'web-2 has version 0.1.0, the server 0.2.0',
      remedy: expect.stringContaining('hosts add web-2'),
    },
  ]);
});
