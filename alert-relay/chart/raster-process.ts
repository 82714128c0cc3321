/** SVG to PNG, as a process of its own: a message in is an SVG, one out a PNG or why there is none. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { pictureSize } from './picture.ts';

export interface RasterAnswer {
  readonly png?: Uint8Array;
  readonly error?: string;
}

/** The system's are left out: a picture looks the same everywhere. Without any, text would be missing and nobody told. */
const fontFolder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) => join(fontFolder, name));

export function rasterise(svg: string): Uint8Array {
  const image = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' },
    fitTo: { mode: 'width', value: pictureSize.width * 2 },
  });
  return image.render().asPng();
}

if (process.send !== undefined && import.meta.main) {
  process.on('message', (svg: string) => {
    process.send?.(answerTo(svg), undefined, undefined, () => globalThis.gc?.());
  });
  process.on('SIGINT', () => undefined); // Ctrl-C is for the relay, which ends this
}

function answerTo(svg: string): RasterAnswer {
  try {
    return { png: rasterise(svg) };
  } catch (error) {
    return { error: Error.isError(error) ? error.message : String(error) };
  }
}
