/** Reads the units of systemd and their properties. Source: org.freedesktop.systemd1(5) */
import { absentOrFault, getProperty, numberValue, readEach, rowsValue, textValue } from '../../dbus/properties.ts';
import type { CallBus } from '../../dbus/system-bus.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

export interface Unit {
  readonly name: string;
  /** `loaded`, `not-found`, `masked`, ... */
  readonly loadState: string;
  /** `active`, `failed`, ... */
  readonly activeState: string;
  readonly path: string;
}

/** Which optional properties are read. */
export interface UnitDetails {
  readonly hasTasks: boolean;
  readonly hasRestarts: boolean;
  readonly hasStartTimes: boolean;
}

/** Values that a kind of unit does not have, or systemd does not know, are undefined. */
export interface UnitProperties {
  /** Type of a service or a mount, such as `notify` or `ext4`; an empty text for other units. */
  readonly type: string;
  readonly startTimeSeconds: number | undefined;
  readonly tasksCurrent: number | undefined;
  readonly tasksMax: number | undefined;
  readonly restarts: number | undefined;
  readonly lastTriggerSeconds: number | undefined;
  readonly acceptedConnections: number | undefined;
  readonly currentConnections: number | undefined;
  readonly refusedConnections: number | undefined;
}

const destination = 'org.freedesktop.systemd1';
const manager = { destination, path: '/org/freedesktop/systemd1', interface: `${destination}.Manager` } as const;
const microseconds = 1e6;
/** systemd's number for "not set" and "no limit". */
const unset = 2 ** 64;

/** Returns a property of systemd itself. Rejects when systemd does not answer. */
export function readManagerProperty(call: CallBus, property: string): Promise<unknown> {
  return getProperty(call, { ...manager, property });
}

export async function readUnits(call: CallBus): Promise<Unit[]> {
  return parseUnits(await call({ ...manager, member: 'ListUnits' }));
}

/** Parses the rows of ListUnits: name, description, load state, active state, sub state, followed unit, path, job. */
export function parseUnits(value: unknown): Unit[] {
  return rowsValue(value, 7, 'ListUnits').map(([name, , loadState, activeState, , , path]) => ({
    name: textValue(name, 'ListUnits'),
    loadState: textValue(loadState, 'ListUnits'),
    activeState: textValue(activeState, 'ListUnits'),
    path: textValue(path, 'ListUnits'),
  }));
}

/** Returns the properties in the order of the units. A property that cannot be read is reported and undefined. */
export function readUnitProperties(
  call: CallBus,
  units: readonly Unit[],
  { details, faults }: { readonly details: UnitDetails; readonly faults: ValueFaults },
): Promise<UnitProperties[]> {
  return readEach(units, (unit) => readProperties(createPropertyReader(call, unit, faults), unit, details));
}

type ReadProperty = <Value>(
  kind: string,
  property: string,
  parse: (value: unknown, place: string) => Value,
) => Promise<Value | undefined>;

function createPropertyReader(call: CallBus, { name, path }: Unit, faults: ValueFaults): ReadProperty {
  return async (kind, property, parse) => {
    const place = `${name}: ${property}`;
    const whole = { destination, path, interface: `${destination}.${kind}`, property };
    const value = await getProperty(call, whole).catch((error: unknown) => absentOrFault(error, place, faults));
    return value === undefined ? undefined : faults.attempt(place, () => parse(value, place));
  };
}

async function readProperties(read: ReadProperty, unit: Unit, details: UnitDetails): Promise<UnitProperties> {
  const kind = unit.name.slice(unit.name.lastIndexOf('.') + 1);
  const when = <Value>(isRead: boolean, value: () => Promise<Value>): Promise<Value> | undefined =>
    isRead ? value() : undefined;
  const [isService, isSocket] = [kind === 'service', kind === 'socket'];
  // One after the other: the units are read in parallel.
  return {
    type:
      (await when(isService || kind === 'mount', () => read(isService ? 'Service' : 'Mount', 'Type', textValue))) ?? '',
    startTimeSeconds: await when(details.hasStartTimes && unit.activeState === 'active', () =>
      read('Unit', 'ActiveEnterTimestamp', secondsValue),
    ),
    tasksCurrent: await when(details.hasTasks && isService, () => read('Service', 'TasksCurrent', limitValue)),
    tasksMax: await when(details.hasTasks && isService, () => read('Service', 'TasksMax', limitValue)),
    restarts: await when(details.hasRestarts && isService, () => read('Service', 'NRestarts', numberValue)),
    lastTriggerSeconds: await when(kind === 'timer', () => read('Timer', 'LastTriggerUSec', secondsValue)),
    acceptedConnections: await when(isSocket, () => read('Socket', 'NAccepted', numberValue)),
    currentConnections: await when(isSocket, () => read('Socket', 'NConnections', numberValue)),
    refusedConnections: await when(isSocket, () => read('Socket', 'NRefused', numberValue)),
  };
}

function secondsValue(value: unknown, place: string): number {
  return numberValue(value, place) / microseconds;
}

/** Returns undefined for "not set" and "no limit". */
function limitValue(value: unknown, place: string): number | undefined {
  const number = numberValue(value, place);
  return number >= unset ? undefined : number;
}
