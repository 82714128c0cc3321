/** Renders SVG to PNG in a child process. Receives an SVG as a message and answers with a PNG or an error. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { pictureSize } from './picture.ts';

export interface RasterAnswer {
  readonly png?: Uint8Array;
  readonly error?: string;
}

/** Bundled fonts instead of system fonts: pictures look the same everywhere, and text is never silently missing. */
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
    process.send?.(responseTo(svg), undefined, undefined, () => globalThis.gc?.());
  });
  process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole group; the relay ends this process
}

function responseTo(svg: string): RasterAnswer {
  try {
    return { png: rasterise(svg) };
  } catch (error) {
    return { error: Error.isError(error) ? error.message : String(error) };
  }
}
