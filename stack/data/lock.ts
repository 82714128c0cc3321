/** Allows one `up` per data directory. The kernel releases the lock when the process ends, also after SIGKILL. */
import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../../common/program/program.ts';
import { readStackFlags } from './stack-file.ts';

export interface Lock {
  release(): void;
}

/** Throws a `StartError` when another `up` holds the lock. The lock is an exclusive transaction on an SQLite file, as Node has no flock(). */
export function acquireLock(file: string, dataDirectory: string): Lock {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw new StartError(`cannot lock ${file}`, { cause });
    throw new StartError(describeHolder(dataDirectory));
  }
  return {
    release() {
      if (!database.isOpen) return;
      rmSync(file, { force: true });
      database.close();
    },
  };
}

/** Returns whether an `up` runs over the data directory of the lock file. */
export function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('select 1 from sqlite_schema');
    return false;
  } catch (cause) {
    if (isBusy(cause)) return true;
    throw cause;
  } finally {
    database.close();
  }
}

/** The holder's address and process id are known once its components are ready. */
function describeHolder(dataDirectory: string): string {
  const { gateway, pid } = readStackFlags(dataDirectory);
  const where = gateway === undefined ? '' : `, at ${gateway.url}/`;
  const how = pid === undefined ? '' : ` or "kill ${pid}"`;
  return `a stack runs already over ${dataDirectory}${where}; stop it by Ctrl-C where it was started${how}, or start another with --data-dir and --port-offset`;
}

/** SQLITE_BUSY. Source: https://www.sqlite.org/rescode.html#busy */
function isBusy(thrown: unknown): boolean {
  return (thrown as { errcode?: number } | null)?.errcode === 5;
}
