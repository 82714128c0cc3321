/**
 * Calls methods of services on the system bus. A connection serves one scrape, so that a restarted bus or service needs no repair.
 * The library is loaded by the first call. Source: the D-Bus specification, https://dbus.freedesktop.org/doc/dbus-specification.html
 */
import type * as DBus from 'dbus-native';
import { messageOf } from '../../common/program/log.ts';

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly string[];
}

/** Calls a method. Returns the only value of the reply; numbers of 64 bits are bigint. Rejects with a {@link BusError} or an Error. */
export type CallBus = (call: BusCall) => Promise<unknown>;

export interface BusOptions {
  readonly address: string;
  /** Whether a service listens at the address instead of a bus, which expects a greeting. */
  readonly isDirect: boolean;
  /** Aborts the calls. */
  readonly signal: AbortSignal;
}

/** Connects, runs `work` and closes the connection. Rejects when the calls take longer than a time limit. */
export type WithBus = <Result>(options: BusOptions, work: (call: CallBus) => Promise<Result>) => Promise<Result>;

/** An error that a service or the bus replied. */
export class BusError extends Error {
  /** Such as `org.freedesktop.DBus.Error.UnknownObject`. */
  readonly errorName: string;

  constructor(errorName: string, message: string) {
    super(message);
    this.name = 'BusError';
    this.errorName = errorName;
  }
}

/** Shorter than the time limit of a scrape, whose error does not name the bus. */
const limitMs = 3_000;
/** A list of 10,000 units has 4 MiB. */
const maxMessageBytes = 16 * 2 ** 20;

/** Returns the address of the system bus, which the environment may change. */
export function systemBusAddress(environment: Readonly<Record<string, string | undefined>>): string {
  return environment['DBUS_SYSTEM_BUS_ADDRESS'] ?? 'unix:path=/run/dbus/system_bus_socket';
}

export const withBus: WithBus = async ({ address, isDirect, signal }, work) => {
  const { createClient } = await import('dbus-native');
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  let failure: unknown;
  // The library would throw the error of its greeting where no one can catch the error, so this module sends the greeting.
  const bus = createClient({ busAddress: address, direct: true, maxMessageSize: maxMessageBytes });
  for (const event of ['error', 'handlerError'])
    bus.connection.on(event, (error: unknown) => {
      failure ??= error;
    });
  const call: CallBus = async (message) => {
    try {
      return await invoke(bus, message, limit);
    } catch (error) {
      throw errorOf(error, { failure, address, limit });
    }
  };
  try {
    if (!isDirect) await call({ ...busItself, member: 'Hello' });
    return await work(call);
  } finally {
    // A bus that hangs would keep a connection that only ends.
    bus.connection.stream.destroy();
  }
};

const busItself = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

async function invoke(bus: DBus.MessageBus, { body = [], ...message }: BusCall, signal: AbortSignal): Promise<unknown> {
  const value: unknown = await bus.invoke({ ...message, body: [...body] }, { signal });
  return value;
}

interface Circumstances {
  /** The error of the connection. */
  readonly failure: unknown;
  readonly address: string;
  readonly limit: AbortSignal;
}

/** Returns the reason why a call failed: its time limit, the connection, or the reply. */
function errorOf(error: unknown, { failure, address, limit }: Circumstances): Error {
  if (limit.aborted) return new Error(`D-Bus: ${address}: no answer within the time limit`, { cause: error });
  if (failure !== undefined) return new Error(`D-Bus: ${address}: ${messageOf(failure)}`);
  // Errors of the library itself have a name too, but no reply.
  const isReply = Error.isError(error) && Reflect.get(error, 'reply') !== undefined;
  const name: unknown = isReply ? Reflect.get(error, 'dbusName') : undefined;
  return typeof name === 'string'
    ? new BusError(name, `${name}: ${messageOf(error)}`)
    : new Error(`D-Bus: ${address}: ${messageOf(error)}`);
}
