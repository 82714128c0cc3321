/** How wide text in DejaVu Sans is, nearly: enough to keep labels apart and to cut what would not fit. */

export interface TextStyle {
  /** Of the font, in pixels. */
  readonly size: number;
  readonly weight: 'normal' | 'bold';
}

/** In thousandths of the size. Letters that are not here are as wide as most. */
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

/** The text, or as much of its beginning as fits, with an ellipsis. */
export function fitText(text: string, { room, ...style }: TextStyle & { readonly room: number }): string {
  if (textWidth(text, style) <= room) return text;
  let cut = '';
  for (const sign of text) {
    if (textWidth(`${cut}${sign}…`, style) > room) break;
    cut += sign;
  }
  return `${cut.trimEnd()}…`;
}
