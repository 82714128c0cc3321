/** When a silence ends: after a while, or at a time. */

/** What the form offers first. */
export const spans = [
  { label: '30 min', ms: 1_800_000 },
  { label: '1 h', ms: 3_600_000 },
  { label: '2 h', ms: 7_200_000 },
  { label: '4 h', ms: 14_400_000 },
  { label: '8 h', ms: 28_800_000 },
  { label: '1 d', ms: 86_400_000 },
  { label: '3 d', ms: 259_200_000 },
  { label: '1 w', ms: 604_800_000 },
] as const;

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `90m`, `1h30m`, `2 d`; undefined for what is none. */
export function tryParseSpan(text: string): number | undefined {
  const parts = [...text.trim().matchAll(/\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)\s*/gy)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text.trim()) return undefined;
  return parts.reduce((total, [, count, unit]) => total + Number(count) * (units[unit as string] ?? 0), 0);
}
