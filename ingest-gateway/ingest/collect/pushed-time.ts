/** A pushed sample's own time. */

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch; undefined for a text that is not RFC 3339. */
export function parsePushedTime(raw: number | string): number | undefined {
  if (typeof raw === 'number') return raw;
  if (!rfc3339.test(raw)) return undefined;
  const timeMs = Date.parse(raw.toUpperCase());
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
