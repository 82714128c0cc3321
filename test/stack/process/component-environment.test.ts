/** Which variables reach which component of `up`. */
import { expect, test } from '@jest/globals';
import { componentEnvironment } from '../../../stack/process/component-environment.ts';

const environment = {
  PATH: '/bin',
  SLACK_WEBHOOK_URL: 'https://hooks.slack.example/secret',
  HOSTPULSE_SLACK_TOKEN: 'xoxb-secret',
  HOSTPULSE_API_KEY: 'hp_secret',
  HOSTPULSE_EXPORTER_COLLECTOR_API_KEY: 'hp_secret',
  HOSTPULSE_GATEWAY_JWT_SECRET: 'secret',
  HOSTPULSE_RELAY_HEARTBEAT_URL: 'https://heartbeat.example/secret',
  PGPASSWORD: 'secret',
  HTTPS_PROXY: 'http://user:secret@proxy.example',
  NOTIFY_SOCKET: '/run/systemd/notify',
};

test.each([
  ['prometheus', ['PATH']],
  ['alertmanager', ['PATH']],
  ['exporter', ['PATH', 'HOSTPULSE_EXPORTER_COLLECTOR_API_KEY']],
  ['gateway', ['PATH', 'HOSTPULSE_GATEWAY_JWT_SECRET', 'PGPASSWORD', 'HTTPS_PROXY']],
  [
    'relay',
    [
      'PATH',
      'SLACK_WEBHOOK_URL',
      'HOSTPULSE_SLACK_TOKEN',
      'HOSTPULSE_RELAY_HEARTBEAT_URL',
      'PGPASSWORD',
      'HTTPS_PROXY',
    ],
  ],
] as const)('%s', (name, expected) => {
  expect(Object.keys(componentEnvironment(name, environment))).toEqual(expected);
});
