/** Estimates the width of text in DejaVu Sans, precisely enough to place labels and to shorten text. */

export interface TextStyle {
  /** Font size in pixels. */
  readonly size: number;
  readonly weight: 'normal' | 'bold';
}

/** Widths of narrow and wide characters, in thousandths of the font size. */
const widths = [
  ['ijl|', 300],
  [" .,:;'!-/\\()[]tfrI–", 420],
  ['mwMW@%…', 980],
] as const;
const own = new Map(widths.flatMap(([signs, width]) => signs.split('').map((sign) => [sign, width] as const)));
const most = 640;

export function textWidth(text: string, { size, weight }: TextStyle): number {
  let width = 0;
  for (const sign of text) width += own.get(sign) ?? ((sign.codePointAt(0) ?? 0) > 0x2e80 ? 1_000 : most);
  return (width / 1_000) * size * (weight === 'bold' ? 1.12 : 1);
}

/** Returns the text, shortened with an ellipsis if it does not fit. */
export function fitText(text: string, { room, ...style }: TextStyle & { readonly room: number }): string {
  if (textWidth(text, style) <= room) return text;
  let cut = '';
  for (const sign of text) {
    if (textWidth(`${cut}${sign}…`, style) > room) break;
    cut += sign;
  }
  return `${cut.trimEnd()}…`;
}
