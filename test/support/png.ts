/** Reads the pixels of a PNG with 8 bits per channel, RGB or RGBA, not interlaced. */
import { inflateSync } from 'node:zlib';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `[red, green, blue, alpha]`, each 0 to 255. */
  at(x: number, y: number): readonly [number, number, number, number];
}

/** Throws for other kinds of PNG. Source: https://www.w3.org/TR/png-3/ sections 5 and 9. */
export function decodePng(png: Uint8Array): Pixels {
  const buffer = Buffer.from(png);
  if (buffer.toString('latin1', 1, 4) !== 'PNG') throw new Error('not a PNG');
  const [width, height] = [buffer.readUInt32BE(16), buffer.readUInt32BE(20)];
  const [depth, colour, interlace] = [buffer[24], buffer[25], buffer[28]];
  if (depth !== 8 || (colour !== 6 && colour !== 2) || interlace !== 0)
    throw new Error(`PNG of depth ${depth}, colour type ${colour}, interlace ${interlace}`);
  const channels = colour === 6 ? 4 : 3;
  const stride = width * channels;
  const rows = unfilter(inflateSync(Buffer.concat(dataOf(buffer))), { height, stride, channels });
  return {
    width,
    height,
    at(x, y) {
      const from = y * stride + x * channels;
      const [red = 0, green = 0, blue = 0, alpha = 255] = rows.subarray(from, from + channels);
      return [red, green, blue, alpha];
    },
  };
}

function dataOf(buffer: Buffer): Buffer[] {
  const data: Buffer[] = [];
  for (let at = 8; at < buffer.length; ) {
    const length = buffer.readUInt32BE(at);
    if (buffer.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(buffer.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return data;
}

interface Layout {
  readonly height: number;
  readonly stride: number;
  readonly channels: number;
}

function unfilter(raw: Buffer, { height, stride, channels }: Layout): Buffer {
  const rows = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= channels ? (rows[at - channels] ?? 0) : 0;
      const up = y > 0 ? (rows[at - stride] ?? 0) : 0;
      const corner = x >= channels && y > 0 ? (rows[at - stride - channels] ?? 0) : 0;
      rows[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + predict(filter, { left, up, corner });
    }
  }
  return rows;
}

function predict(
  filter: number,
  { left, up, corner }: { readonly left: number; readonly up: number; readonly corner: number },
): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4:
      return paeth(left, up, corner);
    default:
      throw new Error(`PNG filter ${filter}`);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [byLeft, byUp, byCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}
