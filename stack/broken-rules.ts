/** Renames rule files that Prometheus cannot load: one broken file would keep Prometheus, and every other alert, from starting. */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../common/program/log.ts';
import { StartError } from '../common/program/program.ts';
import type { Promtool } from '../common/prometheus/promtool.ts';
import { ruleFileEnding, setAsideEnding } from '../common/prometheus/rule-file-names.ts';

/** Logs each broken file with its fault; the text of the file stays. Throws a `StartError` when a file cannot be renamed. */
export async function setBrokenAside(folder: string, promtool: Promtool, log: Log): Promise<void> {
  for (const name of readdirSync(folder).filter((each) => each.endsWith(ruleFileEnding))) {
    const file = join(folder, name);
    const fault = await promtool(file);
    if (fault === undefined) continue;
    const place = freeName(file);
    try {
      renameSync(file, place);
    } catch (cause) {
      const words = `${file}: ${fault.message}; Prometheus does not start with it, and it cannot be set aside`;
      throw new StartError(words, { cause });
    }
    log.warn('a rule file is broken and set aside; Prometheus starts without it', {
      file,
      fault: fault.message,
      set_aside: place,
    });
  }
}

/** Returns the files that were set aside, at this start or earlier, and have not been repaired. */
export function listSetAside(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.includes(`${ruleFileEnding}${setAsideEnding}`))
    .map((name) => join(folder, name));
}

function freeName(file: string): string {
  for (let number = 1; ; number += 1) {
    const place = `${file}${setAsideEnding}${number === 1 ? '' : `-${number}`}`;
    if (!existsSync(place)) return place;
  }
}
