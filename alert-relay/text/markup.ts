/** Builds HTML and SVG in which the text of alerts is escaped. */

/** Markup that can be inserted into other markup without escaping. */
export interface Markup {
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** Renders a template literal: escapes strings and numbers, and inserts markup and lists of markup unchanged. */
export function markup(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Markup | readonly Markup[])[]
): Markup {
  const html = parts.map((part, at) => `${part}${at < values.length ? render(values[at] ?? '') : ''}`).join('');
  return { html };
}

function render(value: string | number | Markup | readonly Markup[]): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return 'html' in value ? value.html : value.map(({ html }) => html).join('');
}
