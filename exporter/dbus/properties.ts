/** Reads properties of objects on a bus. */
import type { ValueFaults } from '../procfs/value-faults.ts';
import { BusError, type CallBus } from './system-bus.ts';

export interface PropertyPlace {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly property: string;
}

/** Returns the value of a property. Rejects as `call` does. */
export function getProperty(call: CallBus, place: PropertyPlace): Promise<unknown> {
  return call({
    destination: place.destination,
    path: place.path,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    body: [place.interface, place.property],
  });
}

/** Errors of an object that ended after the list was read, and of a property that this version of the service lacks. */
const absentErrors = new Set([
  'org.freedesktop.DBus.Error.UnknownObject',
  'org.freedesktop.DBus.Error.UnknownProperty',
  'org.freedesktop.DBus.Error.UnknownInterface',
  'org.freedesktop.DBus.Error.UnknownMethod',
  'org.freedesktop.systemd1.NoSuchUnit',
  'org.freedesktop.login1.NoSuchSession',
]);

/**
 * Returns undefined for an error that a service replied: an error that means "no value", or an error that is also reported. Throws
 * any other error, after which no call succeeds.
 */
export function absentOrFault(error: unknown, place: string, faults: ValueFaults): undefined {
  if (!(error instanceof BusError)) throw error;
  if (!absentErrors.has(error.errorName)) faults.report(place, error);
}

/** Calls sent at the same time: a service answers in order, so that more calls only wait. */
const maxCalls = 32;

/** Returns the results of `read` in the order of the items. At most 32 run at the same time. */
export async function readEach<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await read(item);
  };
  await Promise.all(Array.from({ length: Math.min(maxCalls, items.length) }, worker));
  return results;
}

/** Returns a text. Throws an Error for another value. */
export function textValue(value: unknown, place: string): string {
  if (typeof value !== 'string') throw new Error(`${place}: expected a text, got ${describe(value)}`);
  return value;
}

/** Returns a number of 32 or 64 bits. Throws an Error for another value. */
export function numberValue(value: unknown, place: string): number {
  if (typeof value !== 'number' && typeof value !== 'bigint')
    throw new Error(`${place}: expected a number, got ${describe(value)}`);
  return Number(value);
}

/** Returns rows of at least `columns` values. Throws an Error for another value. */
export function rowsValue(value: unknown, columns: number, place: string): readonly (readonly unknown[])[] {
  const isRow = (row: unknown): row is readonly unknown[] => Array.isArray(row) && row.length >= columns;
  if (!Array.isArray(value) || !value.every(isRow))
    throw new Error(`${place}: expected rows of ${columns} values, got ${describe(value)}`);
  return value;
}

function describe(value: unknown): string {
  return Array.isArray(value) ? `a list of ${value.length}` : typeof value;
}
