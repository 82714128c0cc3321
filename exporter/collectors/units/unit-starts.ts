/**
 * Observes starts of units without D-Bus: systemd links /run/systemd/units/invocation:UNIT to the ID of the unit's current run, which
 * differs at each start, also at the restarts of `Restart=`. Source: systemd.exec(5), INVOCATION_ID; systemd's unit.c
 */
import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unlessAbsent } from '../../procfs/sysfs.ts';

export interface UnitStart {
  /** Starts that this exporter observed. */
  readonly starts: number;
  /** Seconds since 1970 at which the current run began. Absent when systemd's folder cannot be read. */
  readonly startedSeconds?: number;
}

export interface StartObserver {
  /** Returns the starts of a unit. `folder` is the folder of the unit's control group. Call once per scrape and running unit. */
  observe(unit: string, folder: string): UnitStart;
  /** Ends a scrape. Forgets units that were not observed for an hour. */
  endScrape(): void;
}

interface Known {
  run: string | undefined;
  startedSeconds: number | undefined;
  starts: number;
  seenAtMs: number;
}

const forgetMs = 3_600_000;

/** Creates an observer of starts. `units` is the folder /run/systemd/units below the root of the host. `now` returns milliseconds since 1970. */
export function createStartObserver(units: string, now: () => number): StartObserver {
  const known = new Map<string, Known>();
  let isFirst = true;

  return {
    observe(unit, folder) {
      const link = join(units, `invocation:${unit}`);
      const run = unlessAbsent(() => readlinkSync(link)) ?? runOfFolder(folder);
      const before = known.get(unit);
      // A unit that runs at the first scrape started before the exporter observed units: this start is not counted.
      const state = before ?? { run: undefined, startedSeconds: undefined, starts: isFirst ? -1 : 0, seenAtMs: 0 };
      if (run !== undefined && run !== state.run) {
        state.run = run;
        state.starts += 1;
        state.startedSeconds = unlessAbsent(() => Math.floor(lstatSync(link).mtimeMs) / 1_000);
      }
      state.seenAtMs = now();
      known.set(unit, state);
      const starts = Math.max(0, state.starts);
      return state.startedSeconds === undefined ? { starts } : { starts, startedSeconds: state.startedSeconds };
    },
    endScrape() {
      isFirst = false;
      for (const [unit, { seenAtMs }] of known) if (now() - seenAtMs > forgetMs) known.delete(unit);
    },
  };

  /** Returns the inode number of the control group, which systemd creates at each start. Returns undefined on hosts with systemd's folder of links. */
  function runOfFolder(folder: string): string | undefined {
    return existsSync(units) ? undefined : unlessAbsent(() => String(statSync(folder).ino));
  }
}
