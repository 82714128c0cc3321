/** Recognises the control groups of systemd's units. Source: systemd's CONTROL_GROUP_INTERFACE and cgroup-util.c (cg_escape) */
import { quote } from '../../procfs/host-file.ts';

/** Types of units that have control groups. */
export const unitTypes = ['service', 'scope', 'slice', 'socket', 'mount', 'swap'] as const;
export type UnitType = (typeof unitTypes)[number];

export interface UnitName {
  /** The name that systemctl shows: `ssh.service`. */
  readonly unit: string;
  readonly type: UnitType;
}

/** Returns the unit of a control group's folder, or undefined when the folder belongs to no unit. Removes the prefix `_`, which systemd adds to names that could be mistaken for files of cgroupfs. */
export function parseUnitName(folder: string): UnitName | undefined {
  const unit = folder.startsWith('_') ? folder.slice(1) : folder;
  const type = unitTypes.find((each) => unit.endsWith(`.${each}`));
  return type === undefined || unit.length === type.length + 1 ? undefined : { unit, type };
}

/** Parses a list such as `service,scope`. Throws an Error for an unknown type, and for an empty list. */
export function parseUnitTypes(text: string): ReadonlySet<UnitType> {
  const types = text.split(',').map((each) => each.trim());
  const unknown = types.find((each) => !(unitTypes as readonly string[]).includes(each));
  if (unknown !== undefined) throw new Error(`expected types of ${unitTypes.join(', ')}, got ${quote(unknown)}`);
  return new Set(types as UnitType[]);
}
