/** Exposes the number of sessions by seat, type and class, from systemd-logind on D-Bus. Source: org.freedesktop.login1(5) */
import type { Collector } from '../collector/collector.ts';
import { systemBusAddress, type WithBus, withBus } from '../dbus/system-bus.ts';
import { gauge } from '../exposition/family.ts';
import { readLogins, type Session, sessionClasses, sessionTypes } from './logind/sessions.ts';

export const logind: Collector = createLogind(withBus);

/** Returns the collector, which calls logind by `connect`. */
export function createLogind(connect: WithBus): Collector {
  return {
    name: 'logind',
    defaultEnabled: false,
    help: 'Exposes the number of sessions by seat, type and class, from systemd-logind on D-Bus.',
    docs: {
      source: 'D-Bus: org.freedesktop.login1',
      cost: '70 series, and 70 per seat; three calls per session',
    },
    flags: [],
    create({ faults }) {
      return async (signal) => {
        const options = { address: systemBusAddress(process.env), isDirect: false, signal };
        const { seats, sessions } = await connect(options, (call) => readLogins(call, faults));
        return [gauge('node_logind_sessions', 'Number of sessions registered in logind.', samplesOf(seats, sessions))];
      };
    },
  };
}

/** Returns a sample for each combination of the known values, also without sessions, so that a query finds 0. */
function samplesOf(seats: readonly string[], sessions: readonly Session[]) {
  const counts = new Map<string, number>();
  const keyOf = (...labels: readonly string[]): string => JSON.stringify(labels);
  for (const { seat, isRemote, type, sessionClass } of sessions) {
    const key = keyOf(String(isRemote), type, sessionClass, seat);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return ['true', 'false'].flatMap((remote) =>
    sessionTypes.flatMap((type) =>
      sessionClasses.flatMap((sessionClass) =>
        seats.map((seat) => ({
          labels: { class: sessionClass, remote, seat, type },
          value: counts.get(keyOf(remote, type, sessionClass, seat)) ?? 0,
        })),
      ),
    ),
  );
}
