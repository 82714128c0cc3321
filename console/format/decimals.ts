/** Formats numbers with three significant digits, and integers without decimals. */

/** Returns Grafana's default number of decimals. */
export function decimalsFor(value: number): number {
  if (value === 0 || Number.isInteger(value)) return 0;
  return Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
}

export function formatDecimals(value: number, decimals: number | undefined): string {
  const text = value.toFixed(Math.min(decimals ?? decimalsFor(value), 20));
  return /^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text;
}
