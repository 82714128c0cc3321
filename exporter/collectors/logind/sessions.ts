/** Reads seats and sessions from systemd-logind. Source: org.freedesktop.login1(5) */
import { absentOrFault, getProperty, readEach, rowsValue, textValue } from '../../dbus/properties.ts';
import type { CallBus } from '../../dbus/system-bus.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

export interface Session {
  /** The name of the seat; an empty text for a session without a seat, such as one of SSH. */
  readonly seat: string;
  readonly isRemote: boolean;
  readonly type: string;
  readonly sessionClass: string;
}

export interface Logins {
  /** Names of the seats, and the empty text. */
  readonly seats: readonly string[];
  readonly sessions: readonly Session[];
}

/** `other` is any type that is not in the list. */
export const sessionTypes: readonly string[] = ['other', 'unspecified', 'tty', 'x11', 'wayland', 'mir', 'web'];
/** `other` is any class that is not in the list. */
export const sessionClasses: readonly string[] = ['other', 'user', 'greeter', 'lock-screen', 'background'];

const destination = 'org.freedesktop.login1';
const manager = { destination, path: '/org/freedesktop/login1', interface: `${destination}.Manager` } as const;

/** Rejects when a list cannot be read. A session that cannot be read is reported and omitted. */
export async function readLogins(call: CallBus, faults: ValueFaults): Promise<Logins> {
  const [seats, sessions] = await Promise.all([
    call({ ...manager, member: 'ListSeats' }),
    call({ ...manager, member: 'ListSessions' }),
  ]);
  const names = rowsValue(seats, 2, 'ListSeats').map(([name]) => textValue(name, 'ListSeats'));
  const rows = rowsValue(sessions, 5, 'ListSessions');
  const read = await readEach(rows, async ([id, , , seat, path]) => {
    const place = `session ${textValue(id, 'ListSessions')}`;
    const values = await readProperties(call, textValue(path, 'ListSessions')).catch((error: unknown) =>
      absentOrFault(error, place, faults),
    );
    return values && faults.attempt(place, () => parseSession(textValue(seat, 'ListSessions'), values));
  });
  return { seats: [...names, ''], sessions: read.filter((session) => session !== undefined) };
}

type SessionValues = readonly [remote: unknown, type: unknown, sessionClass: unknown];

function readProperties(call: CallBus, path: string): Promise<SessionValues> {
  const get = (property: string): Promise<unknown> =>
    getProperty(call, { destination, path, interface: `${destination}.Session`, property });
  return Promise.all([get('Remote'), get('Type'), get('Class')]);
}

function parseSession(seat: string, [remote, type, sessionClass]: SessionValues): Session {
  if (typeof remote !== 'boolean') throw new Error(`Remote: expected true or false, got ${typeof remote}`);
  return {
    seat,
    isRemote: remote,
    type: knownOrOther(textValue(type, 'Type'), sessionTypes),
    sessionClass: knownOrOther(textValue(sessionClass, 'Class'), sessionClasses),
  };
}

function knownOrOther(value: string, known: readonly string[]): string {
  return known.includes(value) ? value : 'other';
}
