/** The gateway's addresses: one listener where loopback reaches it without TLS, two elsewhere. */
import { hostname } from 'node:os';
import { expect, test } from '@jest/globals';
import type { ListenAddress } from '../../common/program/settings/units.ts';
import { certificateNames, gatewayAddress } from '../../stack/gateway-address.ts';

const plan = (listen: ListenAddress | undefined, options: { hasTls?: boolean; publicUrl?: string } = {}) =>
  gatewayAddress({
    listen,
    publicUrl: options.publicUrl,
    hasTls: options.hasTls ?? false,
    portOffset: 0,
    addresses: ['192.0.2.1', '2001:db8::1'],
  });

test.each([
  ['the trial', plan(undefined), 'http://127.0.0.1:9180', undefined, false],
  ['every address', plan({ host: '0.0.0.0', port: 9180 }), 'http://192.0.2.1:9180', undefined, true],
  ['every address with TLS', plan({ port: 9180 }, { hasTls: true }), 'https://192.0.2.1:9180', 9181, true],
  ['another port with TLS', plan({ port: 443 }, { hasTls: true }), 'https://192.0.2.1:443', 9180, true],
  ['one address', plan({ host: '192.0.2.7', port: 9180 }), 'http://192.0.2.7:9180', 9181, true],
  ['IPv6', plan({ host: '2001:db8::1', port: 80 }), 'http://[2001:db8::1]:80', 9180, true],
  ['behind a proxy', plan(undefined, { publicUrl: 'https://a.example/p' }), 'https://a.example/p', undefined, false],
])('%s', (_, address, publicUrl, internalPort, isExposed) => {
  expect(address).toMatchObject({ publicUrl, isExposed, localPort: internalPort ?? address.listen.port });
  expect(address.internal).toEqual(internalPort === undefined ? undefined : { host: '127.0.0.1', port: internalPort });
});

test('the certificate is for the machine, the URL and every address', () => {
  const address = plan({ host: '192.0.2.7', port: 443 }, { hasTls: true, publicUrl: 'https://mon.example.com' });
  expect(certificateNames(address, ['192.0.2.7', '2001:db8::1'])).toEqual([
    hostname(),
    'mon.example.com',
    '192.0.2.7',
    'localhost',
    '127.0.0.1',
    '::1',
    '2001:db8::1',
  ]);
});
