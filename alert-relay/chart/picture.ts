/** Defines a message's picture: a chart of the metric's last hour with the threshold. */

export interface Picture {
  readonly png: Buffer;
  /** Alternative text. */
  readonly alt: string;
}

/** In CSS pixels. The PNG has twice as many pixels. */
export const pictureSize = { width: 600, height: 300 } as const;

/** Returns a file name of letters, digits, dots and dashes: `CpuUsageHigh-on-web-1.png`. */
export function pictureNameOf(title: string): string {
  const name = title
    .replaceAll(/[^A-Za-z0-9.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80);
  return `${name === '' ? 'picture' : name}.png`;
}
