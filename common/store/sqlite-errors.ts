/** Whether a write failed because another connection was writing: it can be tried again as it is. */

/** SQLITE_BUSY. Source: https://www.sqlite.org/rescode.html#busy */
const busyCode = 5;

export function isBusy(thrown: unknown): boolean {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && (code & 0xff) === busyCode;
}
