/** The renderer's process: its answers, its faults, and that it ends. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createRaster, type Raster } from '../../../alert-relay/picture/raster.ts';
import { eventually } from '../../support/eventually.ts';
import { decodePng } from '../../support/png.ts';

let raster: Raster;
afterEach(() => raster.stop());

const svgOf = (fill: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="300"><rect width="600" height="300" fill="${fill}"/></svg>`;
const never = new AbortController().signal;
const processes = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;

describe('raster', () => {
  test('each gets its own, and no process stays', async () => {
    raster = createRaster();
    const before = processes();
    const fills = ['#ff0000', '#00ff00', '#0000ff'];
    const pngs = await Promise.all(fills.map((fill) => raster.render(svgOf(fill), never)));
    expect(pngs.map((png) => decodePng(png).at(10, 10))).toEqual([
      [255, 0, 0, 255],
      [0, 255, 0, 255],
      [0, 0, 255, 255],
    ]);
    raster.stop();
    await eventually({ what: 'the process ends', limitMs: 10_000 }, () => (processes() <= before ? true : undefined));
  });

  test('what is no SVG is refused, and the next is drawn', async () => {
    raster = createRaster();
    await expect(raster.render('<svg', never)).rejects.toThrow(/cannot be drawn/);
    expect(decodePng(await raster.render(svgOf('#ff0000'), never)).at(0, 0)).toEqual([255, 0, 0, 255]);
  });

  test('whoever cannot wait gets nothing, and the next is drawn', async () => {
    raster = createRaster();
    const soon = new AbortController();
    const waiting = raster.render(svgOf('#00ff00'), soon.signal);
    soon.abort(new Error('too late'));
    await expect(waiting).rejects.toThrow('too late');
    await expect(raster.render(svgOf('#00ff00'), soon.signal)).rejects.toThrow('too late');
    expect(decodePng(await raster.render(svgOf('#0000ff'), never)).at(0, 0)).toEqual([0, 0, 255, 255]);
  });
});
