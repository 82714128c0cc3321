/** Consistent copies of SQLite files while their programs use them. */
import { closeSync, copyFileSync, existsSync, openSync, readSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** Copies a database in one step, by SQLite's online backup. Writers continue meanwhile. */
export async function copyDatabase(source: string, target: string): Promise<void> {
  const database = new DatabaseSync(source, { readOnly: true, timeout: 10_000 });
  try {
    // A copy in several steps starts again after each commit of another process.
    await backup(database, target, { rate: 2 ** 30 });
  } finally {
    database.close();
  }
  checkCopy(target);
}

const attempts = 50;
const pauseMs = 100;

/**
 * Copies the queue of a running gateway, which locks the file for itself, so that SQLite's online backup is not possible. The copy
 * is the state after a crash: file and write-ahead log. It is valid if the log was not started again meanwhile, because the log then
 * has every page that a checkpoint wrote into the file. Throws an `Error` when the log is started again during each attempt.
 */
export async function copyLockedDatabase(source: string, target: string): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const before = tryLogHeader(source);
    copyFileSync(source, target);
    if (before !== undefined) copyFileSync(`${source}-wal`, `${target}-wal`);
    if (tryLogHeader(source) === before) {
      foldLog(target);
      return;
    }
    await sleep(pauseMs);
  }
  throw new Error(
    `${source} changes faster than it can be copied; let Prometheus run until the queue is small, and try again`,
  );
}

/** The header has two random numbers that change when the log is started again. Source: https://www.sqlite.org/fileformat.html#walformat */
function tryLogHeader(source: string): string | undefined {
  const file = `${source}-wal`;
  if (!existsSync(file)) return undefined;
  const fd = openSync(file, 'r');
  try {
    const header = Buffer.alloc(32);
    return header.subarray(0, readSync(fd, header, 0, header.length, 0)).toString('hex');
  } finally {
    closeSync(fd);
  }
}

/** Moves the pages of the log into the file, and removes the log. */
function foldLog(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('pragma wal_checkpoint(truncate)');
  database.close();
  checkCopy(file);
}

function checkCopy(file: string): void {
  const database = new DatabaseSync(file);
  try {
    const fault = database.prepare('pragma quick_check(1)').get()?.['quick_check'];
    if (fault !== 'ok') throw new Error(`the copy of the database is damaged: ${String(fault)}`);
  } finally {
    database.close();
  }
}
