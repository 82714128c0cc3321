/** The contract of a collector: what one file in collectors/ must offer, and all that it may ask for. */

import type { Log } from '../../common/program/log.ts';
import type { Family } from '../exposition/family.ts';

/** Where the host's files are: `--path.procfs`, `--path.sysfs`, `--path.rootfs`. The same door serves containers and tests. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
  /** `--path.udev.data`: udev's database of device properties; absent means `/run/udev/data`. */
  readonly udevData?: string;
}

/** A flag of one collector: `--collector.<collector>.<name>`. Values are text as node_exporter takes them. */
export interface CollectorFlag {
  readonly name: string;
  readonly help: string;
  /** Absent: the flag has no value unless it is given. */
  readonly default?: string;
  /** A flag without a value: `--collector.cpu.info` reads as the text `true`, `--no-collector.cpu.info` as `false`. */
  readonly isSwitch?: true;
  /** The flag's spelling without its dashes, where it is not `collector.<collector>.<name>`. */
  readonly spelling?: string;
  /** May be repeated: the value is what was given, a line each. */
  readonly isList?: true;
  /** Accepted and obeyed, but not shown in `--help`: node_exporter's deprecated and hidden flags. */
  readonly isHidden?: true;
  /** Throws an Error that says what was expected; runs before anything starts. */
  readonly check?: (value: string) => void;
}

export interface CollectorContext {
  readonly paths: HostPaths;
  /** The collector's flags by name, defaults filled in; a flag without default that was not given is absent. */
  readonly flags: Readonly<Record<string, string>>;
  readonly log: Log;
  /** The clock, in milliseconds since 1970; absent means `Date.now`. */
  readonly now?: () => number;
}

/**
 * Reads the host once and answers the families found, in a stable order.
 * Guarantees: writes to nothing shared; what cannot be read is absent (never 0, never NaN); a source that the host does
 * not have (no such file) answers `[]` where node_exporter reports "no data", and throws where it reports failure.
 * Throwing loses this collector's series only. `signal` ends at the collector's time limit.
 */
export type CollectorRead = (signal: AbortSignal) => readonly Family[] | Promise<readonly Family[]>;

export interface Collector {
  /** The name in `--collector.<name>`, in `collect[]` and in the `collector` label; also the file's name. */
  readonly name: string;
  readonly defaultEnabled: boolean;
  readonly help: string;
  readonly flags: readonly CollectorFlag[];
  /** Checks the flags and compiles what they say; touches no file. */
  create(context: CollectorContext): CollectorRead;
}
