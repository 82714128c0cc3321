/** Computes quantiles of durations, and prints the rows of tables. */

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Returns p50 and p99. */
export function summarize(durationsMs: readonly number[]): readonly [string, string] {
  return [quantile(durationsMs, 0.5).toFixed(1), quantile(durationsMs, 0.99).toFixed(1)];
}

/** Prints a row. The first columns are aligned to the left and have `leftWidths`; the other columns have `width`. */
export function printRow(cells: readonly string[], leftWidths: readonly number[] = [28], width = 16): void {
  const padded = cells.map((cell, at) =>
    leftWidths[at] === undefined ? cell.padStart(width) : cell.padEnd(leftWidths[at]),
  );
  process.stdout.write(`${padded.join('')}\n`);
}
