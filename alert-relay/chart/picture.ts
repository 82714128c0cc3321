/** The picture of a message: the last hour of its metric, with the threshold. */

export interface Picture {
  readonly png: Buffer;
  /** What it shows, in a sentence, for those who do not see it. */
  readonly alt: string;
}

/** In CSS pixels; a PNG has twice as many. */
export const pictureSize = { width: 600, height: 300 } as const;
