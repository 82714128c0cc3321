/** Divides the space for records among hosts. */

/**
 * Returns the largest limit for which all sizes, each cut to the limit, fit into `total`. Hosts with little stay whole, and hosts with
 * much share the rest equally. Returns `Infinity` when everything fits.
 */
export function fairLimit(sizes: readonly number[], total: number): number {
  const ascending = sizes.toSorted((a, b) => a - b);
  let rest = total;
  for (const [index, size] of ascending.entries()) {
    const share = rest / (ascending.length - index);
    if (size > share) return Math.max(0, Math.floor(share));
    rest -= size;
  }
  return Number.POSITIVE_INFINITY;
}
