/** One `up` a data directory: a lock that the system releases when its holder dies, however it dies. */
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../../common/program/program.ts';
import { readStackFlags } from '../running.ts';

export interface Lock {
  release(): void;
}

/** Takes the lock or throws a `StartError`: an SQLite file in exclusive mode, which is a kernel lock and needs no native build. */
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

/** Where it is and how to stop it, as far as it says so itself: it does once its parts are ready. */
function describeHolder(dataDirectory: string): string {
  const { gateway, pid } = readStackFlags(dataDirectory);
  const where = gateway === undefined ? '' : `, at ${gateway.url}/`;
  const how = pid === undefined ? '' : ` or "kill ${pid}"`;
  return `a stack runs already over ${dataDirectory}${where}; stop it by Ctrl-C where it was started${how}, or start another with --data-dir and --port-offset of its own`;
}

/** SQLITE_BUSY. Source: https://www.sqlite.org/rescode.html#busy */
function isBusy(thrown: unknown): boolean {
  return (thrown as { errcode?: number } | null)?.errcode === 5;
}
