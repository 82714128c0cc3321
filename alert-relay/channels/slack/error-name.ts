/** Slack's errors have names. */

/** The name of an error; undefined for anything else, which might hold what was sent. */
export function tryErrorName(text: unknown): string | undefined {
  return typeof text === 'string' && /^[a-z][a-z_]{1,63}$/.test(text.trim()) ? text.trim() : undefined;
}
