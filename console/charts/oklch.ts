/** Converts OKLCH, in which equal distances look equal, to sRGB (https://bottosson.github.io/posts/oklab/). */

export interface Oklch {
  /** 0 to 1. */
  readonly lightness: number;
  /** 0 is grey. */
  readonly chroma: number;
  /** In degrees. */
  readonly hue: number;
}

/** Returns a colour such as `#1f78c1`. Reduces the chroma until sRGB contains the colour. */
export function toHex({ lightness, chroma, hue }: Oklch): string {
  let fitting = chroma;
  let channels = toLinear({ lightness, chroma: fitting, hue });
  while (fitting > 0 && channels.some((channel) => channel < 0 || channel > 1)) {
    fitting = Math.max(0, fitting - 0.004);
    channels = toLinear({ lightness, chroma: fitting, hue });
  }
  return `#${channels.map((channel) => toByte(channel).toString(16).padStart(2, '0')).join('')}`;
}

function toLinear({ lightness, chroma, hue }: Oklch): readonly number[] {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** Applies the transfer function of sRGB. */
function toByte(linear: number): number {
  const value = Math.min(Math.max(linear, 0), 1);
  return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}
