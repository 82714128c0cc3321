/** Versions of servers are judged by the table of docs/operations.md. */
import { expect, test } from '@jest/globals';
import { judgeVersion } from '../../../../bin/doctor/checks/versions.ts';

test.each([
  ['Prometheus', '2.41.0', ['fault']],
  ['Prometheus', '2.42.0+ds', ['warning', 'warning']],
  ['Prometheus', '2.52.9', ['warning', 'warning']],
  ['Prometheus', '2.53.3+ds1', ['ok']],
  ['Prometheus', '3.5.3+ds1', ['ok']],
  ['Prometheus', '', ['warning']],
  ['Alertmanager', '0.24.0', ['fault']],
  ['Alertmanager', '0.25.0', ['ok']],
  ['Alertmanager', '1.0.0', ['ok']],
] as const)('%s %s', (server, version, levels) => {
  expect(judgeVersion(server, version).map(({ level }) => level)).toEqual(levels);
});
