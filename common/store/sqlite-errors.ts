/** Classifies errors of SQLite. */

/** SQLITE_BUSY. Source: https://www.sqlite.org/rescode.html#busy */
const busyCode = 5;

/** Returns whether a statement failed because another connection was writing; the statement can be repeated unchanged. */
export function isBusy(thrown: unknown): boolean {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && (code & 0xff) === busyCode;
}
