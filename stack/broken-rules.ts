/**
 * One broken file keeps Prometheus from starting, and with it every alert of the others: such a file is set aside beside
 * where it was, under a name that Prometheus does not read. What is in it stays as its author wrote it.
 */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../common/program/log.ts';
import { StartError } from '../common/program/program.ts';
import type { Promtool } from '../common/prometheus/promtool.ts';
import { ruleFileEnding, setAsideEnding } from '../common/prometheus/rule-file.ts';

/** Names each file with its fault. Throws a `StartError` for one that cannot be set aside. */
export async function setBrokenAside(folder: string, promtool: Promtool, log: Log): Promise<void> {
  for (const name of readdirSync(folder).filter((each) => each.endsWith(ruleFileEnding))) {
    const file = join(folder, name);
    const fault = await promtool(file);
    if (fault === undefined) continue;
    const place = freePlace(file);
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

/** What was set aside, at this start or before, and waits for somebody to mend it. */
export function listSetAside(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.includes(`${ruleFileEnding}${setAsideEnding}`))
    .map((name) => join(folder, name));
}

/** Another one may lie there already. */
function freePlace(file: string): string {
  for (let number = 1; ; number += 1) {
    const place = `${file}${setAsideEnding}${number === 1 ? '' : `-${number}`}`;
    if (!existsSync(place)) return place;
  }
}
