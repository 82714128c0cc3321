/**
 * Answers calls on D-Bus from a case's `dbus.json` instead of this machine's services. Keys are interface, member and path of a method,
 * or path and interface with the name of a property. `{"error": NAME}` is an error reply, `{"u64": TEXT}` a number of 64 bits.
 */
import { readFileSync } from 'node:fs';
import type { Collector } from '../../exporter/collector/collector.ts';
import { createLogind } from '../../exporter/collectors/logind.ts';
import { createSystemd } from '../../exporter/collectors/systemd.ts';
import { type BusCall, BusError, type WithBus } from '../../exporter/dbus/system-bus.ts';

interface Answers {
  /** The error of the connection. */
  readonly connection?: string;
  readonly methods?: Readonly<Record<string, unknown>>;
  /** By path, and `interface.property`. */
  readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function recordedBus(path: string): WithBus {
  const { connection, methods = {}, properties = {} } = JSON.parse(readFileSync(path, 'utf8'), revive) as Answers;
  const answerTo = ({ interface: name, member, path: object, body = [] }: BusCall): unknown =>
    member === 'Get' ? properties[object]?.[body.join('.')] : methods[`${name}.${member}`];
  return (_options, work) =>
    work((call) => {
      if (connection !== undefined) return Promise.reject(new Error(connection));
      const answer = answerTo(call) ?? new BusError('org.freedesktop.DBus.Error.UnknownObject', 'unknown object');
      return answer instanceof BusError ? Promise.reject(answer) : Promise.resolve(answer);
    });
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { error, u64 } = value as { readonly error?: string; readonly u64?: string };
  if (error !== undefined) return new BusError(error, `${error}: refused`);
  return u64 === undefined ? value : BigInt(u64);
}

export function createCaseLogind(path: string): Collector {
  return createLogind(recordedBus(path));
}

export function createCaseSystemd(path: string): Collector {
  return createSystemd(recordedBus(path));
}
