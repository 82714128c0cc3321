/** Exposes the states of systemd's units, and optional values of them, from systemd on D-Bus. Source: org.freedesktop.systemd1(5) */
import type { Collector, CollectorFlag } from '../collector/collector.ts';
import type { CallBus, WithBus } from '../dbus/system-bus.ts';
import { systemBusAddress, withBus } from '../dbus/system-bus.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import { type SystemdReading, systemdFamilies } from './systemd/systemd-samples.ts';
import { compileUnitFilter, unitFilterFlags } from './systemd/unit-filter.ts';
import { readManagerProperty, readUnitProperties, readUnits, type UnitDetails } from './systemd/units.ts';

const privateAddress = 'unix:path=/run/systemd/private';

function onFlag(name: string, help: string): CollectorFlag {
  return { name, help, isSwitch: true, default: 'false' };
}

const flags: readonly CollectorFlag[] = [
  ...unitFilterFlags,
  { ...onFlag('private', 'Connects to systemd itself instead of the system bus, which needs root.'), isHidden: true },
  onFlag('enable-task-metrics', 'Enables service unit tasks metrics unit_tasks_current and unit_tasks_max'),
  onFlag('enable-restarts-metrics', 'Enables service unit metric service_restart_total'),
  onFlag('enable-start-time-metrics', 'Enables service unit metric unit_start_time_seconds'),
];

export const systemd: Collector = createSystemd(withBus);

/** Returns the collector, which calls systemd by `connect`. */
export function createSystemd(connect: WithBus): Collector {
  return {
    name: 'systemd',
    defaultEnabled: false,
    help: "Exposes the states of systemd's units, from systemd on D-Bus.",
    docs: {
      source: 'D-Bus: org.freedesktop.systemd1',
      cost: 'five series per unit, and a call to systemd per service, timer and socket; reduce with `--collector.systemd.unit-include`; `units` has the use of resources without D-Bus',
      differences: [
        {
          upstream: '`node_systemd_unit_start_time_seconds` is 0 for a unit that is not active',
          here: 'absent for such a unit',
          reason: 'an absent value is not mistaken for 1970',
        },
      ],
    },
    flags,
    create({ flags: given, faults }) {
      const isShown = compileUnitFilter(given);
      const isOn = (name: string): boolean => given[name] === 'true';
      const details: UnitDetails = {
        hasTasks: isOn('enable-task-metrics'),
        hasRestarts: isOn('enable-restarts-metrics'),
        hasStartTimes: isOn('enable-start-time-metrics'),
      };
      const isDirect = isOn('private');
      const address = isDirect ? privateAddress : systemBusAddress(process.env);
      return async (signal) => {
        const read = (call: CallBus) => readSystemd(call, { isShown, details, faults });
        return systemdFamilies(await connect({ address, isDirect, signal }, read));
      };
    },
  };
}

interface ReadOptions {
  readonly isShown: (unit: string) => boolean;
  readonly details: UnitDetails;
  readonly faults: ValueFaults;
}

async function readSystemd(call: CallBus, { isShown, details, faults }: ReadOptions): Promise<SystemdReading> {
  const [version, virtualization, systemState, units] = await Promise.all([
    readManagerProperty(call, 'Version'),
    readManagerProperty(call, 'Virtualization'),
    readManagerProperty(call, 'SystemState'),
    readUnits(call),
  ]);
  const wanted = units.filter(({ name, loadState }) => loadState === 'loaded' && isShown(name));
  const properties = await readUnitProperties(call, wanted, { details, faults });
  const shown = wanted.flatMap((unit, index) => {
    const own = properties[index];
    return own === undefined ? [] : [[unit, own] as const];
  });
  return { state: { version, virtualization, systemState }, units, shown };
}
