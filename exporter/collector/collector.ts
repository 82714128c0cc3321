/** Defines the contract of a collector: the object that a file in collectors/ exports, and the context that the collector receives. */
import type { Log } from '../../common/program/log.ts';
import type { Family } from '../exposition/family.ts';
import type { SlowReadLimits } from '../procfs/slow-attributes.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import type { RunProgram } from './child-program.ts';

/** Roots of the host's file systems: `--path.procfs`, `--path.sysfs`, `--path.rootfs`. In a container, they are the paths at which the host's file systems are mounted. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
  /** `--path.udev.data`: udev's database of device properties. Absent: `/run/udev/data`. */
  readonly udevData?: string;
}

/** A flag of one collector: `--collector.<collector>.<name>`. Values are text, as in node_exporter. */
export interface CollectorFlag {
  readonly name: string;
  readonly help: string;
  /** Absent: the flag has no value unless it is given. */
  readonly default?: string;
  /** A boolean flag: `--collector.cpu.info` is the text `true`, `--no-collector.cpu.info` is `false`. */
  readonly isSwitch?: true;
  /** Name of the flag without dashes, when it differs from `collector.<collector>.<name>`. */
  readonly spelling?: string;
  /** The flag may be repeated. The value has one line for each occurrence. */
  readonly isList?: true;
  /** The flag works but `--help` does not list it: node_exporter's deprecated and hidden flags. */
  readonly isHidden?: true;
  /** Throws an Error that names the expected value. Runs before any collector starts. */
  readonly check?: (value: string) => void;
}

export interface CollectorContext {
  readonly paths: HostPaths;
  /** Flag values by name, defaults included. A flag without default and value is absent. */
  readonly flags: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Receives the values that cannot be read or parsed. */
  readonly faults: ValueFaults;
  /** Returns milliseconds since 1970. Absent: `Date.now`. */
  readonly now?: () => number;
  /** Limits how long a read waits for devices that may be slow. Absent: 1 s for the first read, then 0.1 s. */
  readonly slowReadLimits?: SlowReadLimits;
  /** CPU time in milliseconds that a read may use, for collectors whose work grows with the host. Absent: the default of work-budget.ts. */
  readonly workLimitMs?: number;
  /** Runs the programs whose output the collector reads. Absent: `createProgramRunner()`. */
  readonly runProgram?: RunProgram;
}

/**
 * Reads the host once and returns the families in a stable order.
 *
 * - An unreadable value has no sample and is reported to `faults`; it is never 0 or NaN.
 * - When the host lacks the source, the result is `[]` if node_exporter reports "no data", and an error if it reports failure.
 * - An error costs this collector's series only. It means that the source as a whole cannot be read.
 * - `signal` aborts when the time limit of the scrape is exceeded.
 */
export type CollectorRead = (signal: AbortSignal) => readonly Family[] | Promise<readonly Family[]>;

/** Describes the source of a collector and its differences from node_exporter. `npm run generate` writes both to docs/collectors.md. */
export interface CollectorDocs {
  /** Files and system calls that the collector reads. */
  readonly source: string;
  /** How many series or how much work the collector adds: `two series per controller`. Only collectors that are off by default have a cost. */
  readonly cost?: string;
  readonly differences?: readonly UpstreamDifference[];
  /** The program whose metric names the collector uses, such as `cAdvisor`. Absent for collectors that node_exporter has. */
  readonly names?: string;
}

/** A difference from node_exporter 1.12. */
export interface UpstreamDifference {
  readonly upstream: string;
  readonly here: string;
  readonly reason: string;
}

export interface Collector {
  /** The name in `--collector.<name>`, in `collect[]` and in the label `collector`; also the name of the file. */
  readonly name: string;
  readonly defaultEnabled: boolean;
  readonly help: string;
  /** The entry in docs/collectors.md. Absent for collectors of other operating systems, which have no entry. */
  readonly docs?: CollectorDocs;
  readonly flags: readonly CollectorFlag[];
  /** Parses the flags and returns the reader. Throws when flags contradict each other. Reads no file. */
  create(context: CollectorContext): CollectorRead;
}

/** A collector that the configuration enables. */
export interface EnabledCollector {
  readonly name: string;
  readonly read: CollectorRead;
  /** Returns the number of values that could not be read or parsed since the start. Absent: the reader reports none. */
  readonly partialErrors?: () => number;
}
