/** Text as Slack takes it: escaped, cut where a limit asks for it, with links and times of its own kind. */

/**
 * Only these three, Slack asks. Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
 * With `<` gone nothing in an alert can mention a channel, a user or a link.
 */
const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escaped, of at most `limit` characters as Slack counts them (UTF-16 units); what is cut off leaves an ellipsis. */
export function escapeWithin(text: string, limit: number): string {
  const whole = text.replaceAll(/[&<>]/g, (sign) => escapes[sign] ?? sign);
  if (whole.length <= limit) return whole;
  let cut = '';
  for (const sign of text) {
    const next = escapes[sign] ?? sign;
    if (cut.length + next.length > limit - 1) break;
    cut += next;
  }
  return `${cut}…`;
}

/** A link; undefined for a URL so long that no block could hold it beside others. */
export function tryLink(url: string | undefined, label: string): string | undefined {
  if (url === undefined) return undefined;
  const address = url.replaceAll(/[&<>]/g, (sign) => escapes[sign] ?? sign).replaceAll('|', '%7C');
  return address.length > 2_800 ? undefined : `<${address}|${escapeWithin(label, 75)}>`;
}

/** A time in its reader's own zone; where Slack cannot, as `fallback` has it. */
export function dateToken(timeMs: number, fallback: string): string {
  return `<!date^${Math.floor(timeMs / 1_000)}^{date_short_pretty} {time_secs}|${escapeWithin(fallback, 100)}>`;
}
