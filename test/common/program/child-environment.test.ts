/** Variables that child processes get. */
import { expect, test } from '@jest/globals';
import { childEnvironment } from '../../../common/program/child-environment.ts';

test('paths, locale, certificates and runtime settings reach a child; other variables do not', () => {
  const common = { PATH: '/bin', LC_TIME: 'C', SSL_CERT_FILE: '/ca', GOMAXPROCS: '2', NODE_EXTRA_CA_CERTS: '/ca' };
  const secrets = { SLACK_WEBHOOK_URL: 'x', NODE_AUTH_TOKEN: 'x', GOOGLE_API_KEY: 'x', HOSTPULSE_API_KEY: 'x' };
  expect(childEnvironment({ ...common, ...secrets, TZ: undefined })).toEqual(common);
});

test('the case of names is ignored, as on Windows, and kept', () => {
  expect(childEnvironment({ Path: 'C:\\bin', SystemRoot: 'C:\\Windows' })).toEqual({
    Path: 'C:\\bin',
    SystemRoot: 'C:\\Windows',
  });
});

test('names that are needed are added', () => {
  expect(childEnvironment({ PATH: '/bin', TOKEN: 'x', OTHER: 'y' }, (name) => name === 'TOKEN')).toEqual({
    PATH: '/bin',
    TOKEN: 'x',
  });
});
