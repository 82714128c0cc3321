/** Tests calls on a real message bus in this process, and buses that do not answer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createBroker, createClient, type DBusBroker, type MessageBus } from 'dbus-native';
import { getProperty, readEach } from '../../../exporter/dbus/properties.ts';
import { BusError, systemBusAddress, withBus } from '../../../exporter/dbus/system-bus.ts';

const folder = mkdtempSync(join(tmpdir(), 'dbus-'));
const socket = join(folder, 'bus');
const address = `unix:path=${socket}`;
const destination = 'com.example.Service';
const path = '/com/example/Object';
const never = new AbortController().signal;

let broker: DBusBroker;
let service: MessageBus;

beforeAll(async () => {
  broker = createBroker();
  await new Promise<void>((resolve) => broker.listen({ socket }, () => resolve()));
  service = createClient({ busAddress: address });
  await service.requestName(destination, 0);
  const values = {
    Count: 2n ** 64n - 1n,
    Title: 'a title',
    List: () => [
      ['a.service', '/a'],
      ['b.service', '/b'],
    ],
    Refuse: () => {
      throw Object.assign(new Error('not permitted'), { dbusName: 'org.freedesktop.DBus.Error.AccessDenied' });
    },
  };
  service.exportInterface(values, path, {
    name: destination,
    methods: { List: ['', 'a(so)', [], ['list']], Refuse: ['', 's', [], ['text']] },
    properties: { Count: 't', Title: 's' },
  });
});

afterAll(async () => {
  service.connection.end();
  broker.close();
  rmSync(folder, { recursive: true, force: true });
});

const place = (property: string) => ({ destination, path, interface: destination, property });

describe('a bus', () => {
  test('answers methods and properties, with numbers of 64 bits', async () => {
    const read = await withBus({ address, isDirect: false, signal: never }, async (call) => ({
      list: await call({ destination, path, interface: destination, member: 'List' }),
      title: await getProperty(call, place('Title')),
      count: await getProperty(call, place('Count')),
    }));
    expect(read).toEqual({
      list: [
        ['a.service', '/a'],
        ['b.service', '/b'],
      ],
      title: 'a title',
      count: 18_446_744_073_709_551_615n,
    });
  });

  test.each([
    ['a refused call', 'AccessDenied', path, 'Refuse'],
    ['an unknown object', 'UnknownMethod', '/com/example/Other', 'List'],
  ])('replies the error of %s', async (_title, name, object, member) => {
    const reply = withBus({ address, isDirect: false, signal: never }, (call) =>
      call({ destination, path: object, interface: destination, member }),
    );
    await expect(reply).rejects.toBeInstanceOf(BusError);
    await expect(reply).rejects.toMatchObject({ errorName: `org.freedesktop.DBus.Error.${name}` });
  });

  test('closes the connection', async () => {
    const own = await withBus({ address, isDirect: false, signal: never }, (call) =>
      call({
        destination: 'org.freedesktop.DBus',
        path: '/org/freedesktop/DBus',
        interface: 'org.freedesktop.DBus',
        member: 'ListNames',
      }),
    );
    expect(Array.isArray(own) && own.filter((name) => String(name).startsWith(':')).length).toBe(2);
  });
});

describe('without an answer', () => {
  test('a bus that does not exist is named', async () => {
    const missing = `unix:path=${join(folder, 'missing')}`;
    const reading = withBus({ address: missing, isDirect: false, signal: never }, () => Promise.resolve());
    await expect(reading).rejects.toThrow(`D-Bus: ${missing}: connect ENOENT ${join(folder, 'missing')}`);
  });

  test('an address of an unknown kind is an error', async () => {
    const reading = withBus({ address: 'nonsense', isDirect: false, signal: never }, () => Promise.resolve());
    await expect(reading).rejects.toThrow(/nonsense/);
  });

  test.each([
    ['that is silent', undefined],
    ['that refuses', 'REJECTED EXTERNAL\r\n'],
    ['that closes', ''],
  ])('a server %s fails within the time of the scrape', async (_title, answer) => {
    const silent = join(folder, `silent-${String(answer?.length)}`);
    const server = createServer((peer) => {
      peer.on('error', () => undefined);
      peer.on('data', () => {
        if (answer === '') peer.destroy();
        else if (answer !== undefined) peer.write(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(silent, resolve));
    const scrape = AbortSignal.timeout(300);
    const reading = withBus({ address: `unix:path=${silent}`, isDirect: false, signal: scrape }, () =>
      Promise.resolve(),
    );
    await expect(reading).rejects.toThrow(/^D-Bus: unix:path=/);
    await new Promise((resolve) => server.close(resolve));
  });
});

test('the environment changes the address', () => {
  expect(systemBusAddress({})).toBe('unix:path=/run/dbus/system_bus_socket');
  expect(systemBusAddress({ DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/host/bus' })).toBe('unix:path=/host/bus');
});

test('reads at most 32 at the same time, in order', async () => {
  let running = 0;
  let most = 0;
  const results = await readEach(
    Array.from({ length: 100 }, (_, index) => index),
    async (index) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      running--;
      return index * 2;
    },
  );
  expect(most).toBe(32);
  expect(results).toEqual(Array.from({ length: 100 }, (_, index) => index * 2));
});
