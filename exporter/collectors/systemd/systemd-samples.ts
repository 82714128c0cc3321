/** Makes the families of the collector systemd. */

import { textValue } from '../../dbus/properties.ts';
import type { Family, MetricType } from '../../exposition/family.ts';
import { createSampleTable, type Metric } from '../../exposition/sample-table.ts';
import type { Unit, UnitProperties } from './units.ts';

function metric(name: string, type: MetricType, help: string): Metric {
  return { name: `node_systemd_${name}`, type, help };
}

const stateMetric = metric('unit_state', 'gauge', 'Systemd unit');
const summaryMetric = metric('units', 'gauge', 'Summary of systemd unit states');
const versionMetric = metric('version', 'gauge', 'Detected systemd version');
const virtualizationMetric = metric('virtualization_info', 'gauge', 'Detected virtualization technology');
const runningMetric = metric(
  'system_running',
  'gauge',
  "Whether the system is operational (see 'systemctl is-system-running')",
);

const propertyMetrics: readonly (readonly [Metric, Exclude<keyof UnitProperties, 'type'>])[] = [
  [metric('service_restart_total', 'counter', 'Service unit count of Restart triggers'), 'restarts'],
  [
    metric('socket_accepted_connections_total', 'counter', 'Total number of accepted socket connections'),
    'acceptedConnections',
  ],
  [metric('socket_current_connections', 'gauge', 'Current number of socket connections'), 'currentConnections'],
  [
    metric('socket_refused_connections_total', 'gauge', 'Total number of refused socket connections'),
    'refusedConnections',
  ],
  [metric('timer_last_trigger_seconds', 'gauge', 'Seconds since epoch of last trigger.'), 'lastTriggerSeconds'],
  [
    metric('unit_start_time_seconds', 'gauge', 'Start time of the unit since unix epoch in seconds.'),
    'startTimeSeconds',
  ],
  [metric('unit_tasks_current', 'gauge', 'Current number of tasks per Systemd unit'), 'tasksCurrent'],
  [metric('unit_tasks_max', 'gauge', 'Maximum number of tasks per Systemd unit'), 'tasksMax'],
];

const states: readonly string[] = ['active', 'activating', 'deactivating', 'inactive', 'failed'];

/** Properties of systemd itself. */
export interface SystemdState {
  /** Such as `252.39-1~deb12u1`. */
  readonly version: unknown;
  /** Such as `kvm`; an empty text without virtualization. */
  readonly virtualization: unknown;
  /** Such as `running` or `degraded`. */
  readonly systemState: unknown;
}

export interface SystemdReading {
  readonly state: SystemdState;
  /** All units, which the summary counts. */
  readonly units: readonly Unit[];
  /** Units that the filters show. */
  readonly shown: readonly (readonly [Unit, UnitProperties])[];
}

export function systemdFamilies({ state, units, shown }: SystemdReading): Family[] {
  const table = createSampleTable();
  const version = textValue(state.version, 'Version');
  table.add(versionMetric, { version }, parseVersion(version));
  const virtualization = textValue(state.virtualization, 'Virtualization');
  table.add(virtualizationMetric, { virtualization_type: virtualization === '' ? 'none' : virtualization }, 1);
  table.add(runningMetric, {}, Number(textValue(state.systemState, 'SystemState') === 'running'));
  const counts = new Map(states.map((each) => [each, 0]));
  for (const { activeState } of units) counts.set(activeState, (counts.get(activeState) ?? 0) + 1);
  for (const [each, count] of counts) table.add(summaryMetric, { state: each }, count);
  for (const [{ name, activeState }, properties] of shown) {
    const { type } = properties;
    for (const each of states) table.add(stateMetric, { name, state: each, type }, Number(each === activeState));
    for (const [each, property] of propertyMetrics) table.add(each, { name }, properties[property]);
  }
  return table.families();
}

/** Returns the number in a version, such as 252.39 for `252.39-1~deb12u1`; undefined for a text without a version. */
export function parseVersion(version: string): number | undefined {
  const [number] = /\d{3,}(?:\.\d+)?/.exec(version) ?? [];
  return number === undefined ? undefined : Number(number);
}
