/** What goes along from one dashboard to the next: range, refresh and variables, in Grafana's names. */

const names: readonly string[] = ['from', 'to', 'refresh'];

/** With its question mark; empty when there is nothing to keep. */
export function keptQuery(query: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const [name, value] of query) if (names.includes(name) || name.startsWith('var-')) kept.append(name, value);
  return kept.size === 0 ? '' : `?${kept}`;
}
