/**
 * Renders the HTML layout of a mail. Uses tables and inline styles, because Outlook renders with Word and Gmail may drop style
 * sheets. The style sheet is for clients with a dark mode; others invert the colours or stay light.
 */
import { type Markup, markup } from '../../text/markup.ts';
import { type Fact, type Tone, toneColours } from '../../text/text.ts';

/** Text colours for dark backgrounds; contrast above 4.5 : 1. */
const darkTones: Readonly<Record<Tone, string>> = {
  critical: '#ff8a80',
  warning: '#fbbf24',
  notice: '#93c5fd',
  resolved: '#81c784',
};

const font = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const ink = '#1f2937';
const pale = '#6b7280';
const rule = '#e5e7eb';

/** Content id of the picture. */
export const pictureId = 'picture@hostpulse';

const darkRules = [
  '.page{background-color:#0f172a!important}',
  '.card{background-color:#1e293b!important;border-color:#334155!important}',
  '.ink{color:#f1f5f9!important}',
  '.pale{color:#94a3b8!important}',
  '.rule{border-color:#334155!important}',
  '.link{color:#93c5fd!important}',
  '.first{background-color:#e2e8f0!important;border-color:#e2e8f0!important}',
  '.first a{color:#0f172a!important}',
  '.next{background-color:#1e293b!important;border-color:#475569!important}',
  ...Object.entries(darkTones).map(([tone, colour]) => `.${tone}{color:${colour}!important}`),
].join('');
const styles = `.page,.card{color-scheme:light dark}@media (prefers-color-scheme:dark){${darkRules}}@media (max-width:480px){.cell{padding-left:20px!important;padding-right:20px!important}.figure{font-size:16px!important;line-height:24px!important}}`;

export interface Link {
  readonly label: string;
  readonly url: string;
}

export interface Page {
  readonly tone: Tone;
  readonly status: string;
  readonly title: string;
  /** The text that an inbox shows next to the subject. */
  readonly preview: string;
  readonly body: readonly Markup[];
  readonly footer: string;
}

export function renderPage({ tone, status, title, preview, body, footer }: Page): string {
  const { html } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${title}</title>
<style>${raw(styles)}</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#f3f4f6;">
<div style="display:none;max-height:0;overflow:hidden;">${preview}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#f3f4f6" style="background-color:#f3f4f6;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" style="width:100%;max-width:600px;background-color:#ffffff;border:1px solid ${rule};border-radius:8px;border-collapse:separate;overflow:hidden;">
<tr><td class="cell" bgcolor="${toneColours[tone]}" style="padding:20px 28px;background-color:${toneColours[tone]};color:#ffffff;${raw(font)};">
<div style="font-size:12px;line-height:16px;font-weight:600;letter-spacing:1px;text-transform:uppercase;color:#ffffff;">${status}</div>
<div style="padding-top:4px;font-size:22px;line-height:28px;font-weight:700;color:#ffffff;word-break:break-word;">${title}</div>
</td></tr>
${body}
<tr><td class="cell rule pale" style="padding:16px 28px;border-top:1px solid ${rule};${raw(font)};font-size:12px;line-height:18px;color:${pale};">${footer}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
  return html;
}

export function renderLead(lead: string, advice: string | undefined): Markup {
  const below =
    advice === undefined
      ? raw('')
      : markup`<div class="ink" style="padding-top:8px;font-size:15px;line-height:22px;font-weight:400;color:${ink};">${advice}</div>`;
  return markup`<tr><td class="cell" style="padding:24px 28px 8px;${raw(font)};"><div class="ink" style="font-size:17px;line-height:25px;font-weight:600;color:${ink};word-break:break-word;">${lead}</div>${below}</td></tr>
`;
}

/** Renders figures large and side by side, the first one in the colour of the tone. */
export function renderFigures(figures: readonly Fact[], tone: Tone): Markup {
  if (figures.length === 0) return raw('');
  const cells = figures.map(({ name, value }, at) => {
    const [kind, colour] = at === 0 ? [tone, toneColours[tone]] : ['ink', ink];
    return markup`<td valign="bottom" style="padding:0 12px 0 0;"><div class="pale" style="${raw(font)};font-size:12px;line-height:16px;color:${pale};">${name}</div><div class="figure ${kind}" style="padding-top:2px;white-space:nowrap;${raw(font)};font-size:20px;line-height:26px;font-weight:700;color:${colour};">${value}</div></td>`;
  });
  return markup`<tr><td class="cell" style="padding:12px 28px;"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>${cells}</tr></table></td></tr>
`;
}

/** Renders the picture at the width of the mail. */
export function renderPicture(alt: string | undefined): Markup {
  if (alt === undefined) return raw('');
  return markup`<tr><td class="cell" style="padding:8px 28px;"><img src="cid:${pictureId}" width="542" alt="${alt}" style="display:block;width:100%;max-width:542px;height:auto;border:0;${raw(font)};font-size:13px;line-height:18px;color:${pale};"></td></tr>
`;
}

export function renderFacts(facts: readonly Fact[]): Markup {
  if (facts.length === 0) return raw('');
  const rows = facts.map(
    ({ name, value }) =>
      markup`<tr><td class="pale rule" valign="top" width="112" style="padding:7px 12px 7px 0;border-bottom:1px solid ${rule};${raw(font)};font-size:14px;line-height:20px;color:${pale};white-space:nowrap;">${name}</td><td class="ink rule" valign="top" style="padding:7px 0;border-bottom:1px solid ${rule};${raw(font)};font-size:14px;line-height:20px;color:${ink};word-break:break-word;">${value}</td></tr>
`,
  );
  return markup`<tr><td class="cell" style="padding:8px 28px;"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
${rows}</table></td></tr>
`;
}

/** Renders links as buttons, the first one filled. Each button is a table, so that buttons wrap on a narrow screen. */
export function renderLinks(links: readonly Link[]): Markup {
  if (links.length === 0) return raw('');
  const buttons = links.map(({ label, url }, at) => {
    const [kind, fill, edge, text] = at === 0 ? ['first', ink, ink, '#ffffff'] : ['next', '#ffffff', '#d1d5db', ink];
    return markup`<table role="presentation" align="left" cellpadding="0" cellspacing="0" border="0" style="margin:0 8px 8px 0;border-collapse:separate;"><tr><td class="${kind}" bgcolor="${fill}" style="background-color:${fill};border:1px solid ${edge};border-radius:6px;"><a class="${at === 0 ? '' : 'ink'}" href="${url}" style="display:inline-block;padding:9px 16px;${raw(font)};font-size:14px;line-height:20px;font-weight:600;color:${text};text-decoration:none;white-space:nowrap;">${label}</a></td></tr></table>
`;
  });
  return markup`<tr><td class="cell" style="padding:16px 28px;">
${buttons}</td></tr>
`;
}

export function renderRows(rows: readonly (readonly [mark: Markup, name: Markup, detail: string])[]): Markup {
  const cells = rows.map(
    ([mark, name, detail]) =>
      markup`<tr><td width="18" style="padding:5px 0;${raw(font)};font-size:14px;line-height:20px;">${mark}</td><td class="ink" style="padding:5px 12px 5px 0;${raw(font)};font-size:14px;line-height:20px;color:${ink};word-break:break-word;">${name}</td><td class="pale" align="right" style="padding:5px 0;${raw(font)};font-size:14px;line-height:20px;color:${pale};word-break:break-word;">${detail}</td></tr>
`,
  );
  return markup`<tr><td class="cell" style="padding:12px 28px;"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
${cells}</table></td></tr>
`;
}

export function renderMark(tone: Tone): Markup {
  return markup`<span class="${tone}" style="color:${toneColours[tone]};">&#9679;</span>`;
}

export function renderNote(text: string): Markup {
  return markup`<tr><td class="cell pale" style="padding:0 28px 16px;${raw(font)};font-size:14px;line-height:20px;color:${pale};">${text}</td></tr>
`;
}

export function renderAnchor(url: string, label: string): Markup {
  return markup`<a class="link" href="${url}" style="color:#1d4ed8;text-decoration:none;">${label}</a>`;
}

/** Marks trusted text as markup. Never used for text of an alert. */
function raw(html: string): Markup {
  return { html };
}
