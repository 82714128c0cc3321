/** The picture of a message: the last hour of its metric, with the threshold. */

export interface Picture {
  readonly png: Buffer;
  /** What it shows, in a sentence, for those who do not see it. */
  readonly alt: string;
}

/** In CSS pixels; a PNG has twice as many. */
export const pictureSize = { width: 600, height: 300 } as const;

/** Of letters, digits, dots and dashes alone, whatever an alert is called: `CpuUsageHigh-on-web-1.png`. */
export function pictureNameOf(title: string): string {
  const name = title
    .replaceAll(/[^A-Za-z0-9.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80);
  return `${name === '' ? 'picture' : name}.png`;
}
