/** Fills in the links of panels: variables, the time range and the labels of the linked value. */
import type { Selection } from './model.ts';

interface LinkContext {
  /** Query of the page's address. */
  readonly query: URLSearchParams;
  readonly selection: Selection;
  readonly labels: Readonly<Record<string, string>>;
  /** Cells of the table row that contains the link, by column. */
  readonly fields: Readonly<Record<string, string>>;
  /** Value of the linked table cell. */
  readonly value?: string;
}

/** Fills in a link such as `/d/host?${__url_time_range}&var-instance=${__field.labels.instance}`. */
export function fillLink(url: string, { query, selection, labels, fields, value }: LinkContext): string {
  return url.replace(/\$\{([^}]+)\}/g, (whole, expression: string) => {
    const [name = '', format] = expression.split(':');
    if (name === '__url_time_range') return timeRange(query);
    if (name === '__all_variables') return variables(selection);
    if (name === '__value.raw') return encodeURIComponent(value ?? '');
    const label = /^__field\.labels\.(\w+)$|^__field\.labels\[["'](.+)["']\]$/.exec(name);
    if (label !== null) return encodeURIComponent(labels[label[1] ?? label[2] ?? ''] ?? '');
    const field = /^__data\.fields\.(\w+)$|^__data\.fields\[["'](.+)["']\]$/.exec(name);
    if (field !== null) return encodeURIComponent(fields[field[1] ?? field[2] ?? ''] ?? '');
    if (format === 'queryparam' && selection.has(name)) return String(urlParameters(selection, [name]));
    return whole;
  });
}

function timeRange(query: URLSearchParams): string {
  return ['from', 'to']
    .flatMap((name) => (query.has(name) ? [`${name}=${encodeURIComponent(query.get(name) ?? '')}`] : []))
    .join('&');
}

function variables(selection: Selection): string {
  const names = [...selection].flatMap(([name, { variable }]) => (variable.hidden ? [] : [name]));
  return String(urlParameters(selection, names));
}

/** Returns the parameters of a link, such as `var-instance=web-1&var-instance=web-2`. */
export function urlParameters(selection: Selection, names: readonly string[]): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of names) {
    const selected = selection.get(name)?.selected ?? [];
    for (const value of selected === 'all' ? ['$__all'] : selected) parameters.append(`var-${name}`, value);
  }
  return parameters;
}
