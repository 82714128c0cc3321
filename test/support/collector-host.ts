/** Runs collectors on the unpacked files of a host: `proc/`, `sys/`, `udev/`, `root/`, `textfile/`, `statfs.json`, `adjtimex.json`, `smart.json` and `nvidia.json`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../common/program/log.ts';
import { messageOf } from '../../common/program/log.ts';
import type { Collector, CollectorContext, CollectorRead, HostPaths } from '../../exporter/collector/collector.ts';
import { renderExposition } from '../../exporter/exposition/exposition.ts';
import type { Family } from '../../exporter/exposition/family.ts';
import type { SlowReadLimits } from '../../exporter/procfs/slow-attributes.ts';
import type { ValueFaults } from '../../exporter/procfs/value-faults.ts';
import { createCaseFilesystem } from './case-filesystem.ts';
import { recordedProgram } from './case-programs.ts';
import { createCaseTimex } from './case-timex.ts';

export function hostPaths(folder: string): HostPaths & { readonly udevData: string } {
  return {
    procfs: join(folder, 'proc'),
    sysfs: join(folder, 'sys'),
    rootfs: '/',
    udevData: join(folder, 'udev'),
  };
}

/** Collectors that call the system, each with the file of recorded results and the function that creates a collector of these results. */
const withRecordedCalls: Readonly<Record<string, readonly [file: string, create: (path: string) => Collector]>> = {
  filesystem: ['statfs.json', createCaseFilesystem],
  timex: ['adjtimex.json', createCaseTimex],
};

/** Returns the collector, or its replacement from `withRecordedCalls` when the host has the file with recorded results. */
export function onHost(collector: Collector, folder: string): Collector {
  const [file, create] = withRecordedCalls[collector.name] ?? [];
  if (file === undefined || create === undefined || !existsSync(join(folder, file))) return collector;
  return create(join(folder, file));
}

/** Returns a function that replaces the collector's program when the host has the file of recorded outputs, such as `smart.json`. */
function caseProgram({ name }: Collector, folder: string): Pick<CollectorContext, 'runProgram'> {
  const file = join(folder, `${name}.json`);
  return existsSync(file) ? { runProgram: recordedProgram(file) } : {};
}

/** Creates a log that records level and message of its lines: `warn mount is stuck`. */
export function createRecordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const line = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const log: Log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    shows: () => true,
    with: () => log,
  };
  return { ...log, lines };
}

/** Creates a sink of partial errors that records them: `place: reason`. */
export function createRecordingFaults(): ValueFaults & { readonly lines: string[] } {
  const lines: string[] = [];
  const report = (place: string, error: unknown): void => {
    // Node 26 adds the path to the message of a failed read.
    const reason = messageOf(error).replace(/, read '[^']*'$/, ', read');
    lines.push(reason.startsWith(place) ? reason : `${place}: ${reason}`);
  };
  return {
    lines,
    report,
    attempt(place, read) {
      try {
        return read();
      } catch (error) {
        report(place, error);
        return undefined;
      }
    },
    tally: () => undefined,
    count: () => lines.length,
  };
}

/** Returns the collector's flags with their defaults, as the command line does. */
export function flagsOf(collector: Collector, given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const flag of collector.flags) if (flag.default !== undefined) flags[flag.name] = flag.default;
  return { ...flags, ...given };
}

export interface HostRun {
  readonly flags?: Readonly<Record<string, string>>;
  readonly paths?: Partial<CollectorContext['paths']>;
  readonly log?: Log;
  readonly faults?: ValueFaults;
  readonly now?: () => number;
}

/** The time in the cases: 2026-01-02T03:04:05.678Z. */
export const caseTimeMs = 1_767_323_045_678;

/** Collectors that read files below the root of the host. */
const readsRoot = new Set(['os', 'selinux', 'units', 'containers']);

/** Returns paths and flags of the collectors that read the folders `root/` and `textfile/`. */
function ownPlaces({ name }: Collector, folder: string): { paths: Partial<HostPaths>; flags: Record<string, string> } {
  const [root, textfiles] = [join(folder, 'root'), join(folder, 'textfile')];
  return {
    paths: readsRoot.has(name) ? { rootfs: root } : {},
    flags: name === 'textfile' && existsSync(textfiles) ? { directory: textfiles } : {},
  };
}

/** Long enough that slow reads never time out on a busy machine. */
const slowReadLimits: SlowReadLimits = { firstWaitMs: 60_000, waitMs: 60_000 };

/** Creates the collector's reader for a host. `{host}` in a flag is replaced by the host's folder. */
export function openCollector(collector: Collector, folder: string, run: HostRun = {}): CollectorRead {
  const own = ownPlaces(collector, folder);
  const paths = { ...hostPaths(folder), ...own.paths, ...run.paths };
  const { log = createRecordingLog(), faults = createRecordingFaults(), now = () => caseTimeMs } = run;
  const given = Object.entries(run.flags ?? {}).map(([name, value]) => [name, value.replaceAll('{host}', folder)]);
  const flags = flagsOf(collector, { ...own.flags, ...Object.fromEntries(given) });
  return onHost(collector, folder).create({
    paths,
    flags,
    log,
    faults,
    now,
    slowReadLimits,
    ...caseProgram(collector, folder),
  });
}

/** Runs a collector once. */
export async function readFamilies(
  collector: Collector,
  folder: string,
  run: HostRun = {},
): Promise<readonly Family[]> {
  const families = await openCollector(collector, folder, run)(new AbortController().signal);
  return families;
}

export async function readExposition(collector: Collector, folder: string, run: HostRun = {}): Promise<string> {
  return maskMachine(renderExposition(await readFamilies(collector, folder, run)), folder);
}

/** Masks the host's folder and the modification times of its files, which depend on the checkout. */
export function maskMachine(exposition: string, folder: string): string {
  const text = maskTimeZone(exposition).replaceAll(folder, '');
  return text.replace(/^((?:node_textfile_mtime|hostpulse_unit_start_time)_seconds\{.*\}) .*$/gm, '$1 0');
}

/** Masks the time zone, which is always this machine's. */
export function maskTimeZone(exposition: string): string {
  return exposition.replace(/^node_time_zone_offset_seconds\{.*$/m, 'node_time_zone_offset_seconds{time_zone="UTC"} 0');
}
