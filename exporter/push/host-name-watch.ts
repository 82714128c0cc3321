/** Logs when the machine is renamed after the start of the exporter, for example by cloud-init. */
import { hostname } from 'node:os';
import type { Log } from '../../common/program/log.ts';

export interface HostNameWatchOptions {
  /** The name at the start, which pushed samples have. */
  readonly host: string;
  readonly log: Log;
  /** Returns the current name of the machine. Absent: `os.hostname`. */
  readonly readName?: () => string;
}

/** Returns a function that compares the machine's name with the name in pushed samples, and logs each new name once. */
export function createHostNameWatch({ host, log, readName = hostname }: HostNameWatchOptions): () => void {
  let last = host;
  return () => {
    const name = readName();
    if (name === last) return;
    last = name;
    if (name === host) log.info('the host has its former name again', { host });
    else
      log.warn('the host was renamed; restart the exporter to push under the new name, or set collector.host', {
        pushed_as: host,
        renamed_to: name,
      });
  };
}
