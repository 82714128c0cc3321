import { expect, test } from '@jest/globals';
import { systemdSockets } from '../../../exporter/http/systemd-sockets.ts';

test('returns the sockets from 3 on', () => {
  expect(systemdSockets({ LISTEN_FDS: '2', LISTEN_PID: String(process.pid) })).toEqual([{ fd: 3 }, { fd: 4 }]);
  expect(systemdSockets({ LISTEN_FDS: '1', LISTEN_PID: String(process.ppid) })).toEqual([{ fd: 3 }]);
  expect(systemdSockets({ LISTEN_FDS: '1' })).toEqual([{ fd: 3 }]);
});

test.each([{}, { LISTEN_FDS: '0' }, { LISTEN_FDS: 'x' }, { LISTEN_FDS: '1', LISTEN_PID: '1' }])(
  '%j has none',
  (given) => {
    if (process.ppid !== 1) expect(() => systemdSockets(given)).toThrow('systemd passed no socket');
  },
);
