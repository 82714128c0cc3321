/** Charts as golden files: the SVG exactly, and the legibility of the PNG. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { rasterise } from '../../../alert-relay/chart/raster-process.ts';
import { pictureCases } from '../../support/alert-pictures.ts';
import { expectGolden } from '../../support/golden.ts';
import { decodePng, type Pixels } from '../../support/png.ts';

const folder = join(import.meta.dirname, '../../cases/alert-relay/picture');

interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Returns the number of pixels in the area that are darker than the background. The area is in CSS pixels, two pixels each. */
function inkIn(pixels: Pixels, { left, top, right, bottom }: Area): number {
  let ink = 0;
  for (let y = top * 2; y < bottom * 2; y += 1)
    for (let x = left * 2; x < right * 2; x += 1) {
      const [red, green, blue] = pixels.at(x, y);
      if (Math.min(red, green, blue) < 150) ink += 1;
    }
  return ink;
}

describe.each(pictureCases)('$name', ({ name, svg, chart }) => {
  test('the SVG', () => expectGolden(join(folder, `${name}.svg`), svg));

  test('the PNG shows every text inside the card', () => {
    const pixels = decodePng(rasterise(svg));
    expect([pixels.width, pixels.height]).toEqual([1_200, 600]);
    const texts: Readonly<Record<string, Area>> = {
      title: { left: 20, top: 15, right: 200, bottom: 35 },
      subtitle: { left: 20, top: 40, right: 140, bottom: 56 },
      value: { left: 490, top: 15, right: 580, bottom: 35 },
      span: { left: 470, top: 40, right: 580, bottom: 56 },
      values: { left: 18, top: 74, right: 40, bottom: 268 },
      times: { left: 60, top: 268, right: 590, bottom: 290 },
    };
    for (const [what, area] of Object.entries(texts))
      expect(`${what} ${inkIn(pixels, area) > 60}`).toBe(`${what} true`);
    for (const margin of [
      { left: 2, top: 8, right: 17, bottom: 292 },
      { left: 591, top: 8, right: 598, bottom: 292 },
      { left: 8, top: 2, right: 592, bottom: 14 },
      { left: 8, top: 289, right: 592, bottom: 298 },
    ])
      expect(inkIn(pixels, margin)).toBe(0);
    expect(pixels.at(0, 0)[3]).toBe(0); // outside of the card's round corner
    expect(pixels.at(600, 20)).toEqual([255, 255, 255, 255]); // opaque: on a dark page as well
    if (chart.threshold !== undefined) expect(svg).toContain(chart.threshold.label);
  });
});

test('every golden file has a case', () => {
  expect(pictureCases.length).toBeGreaterThanOrEqual(8);
  expect(readdirSync(folder).sort()).toEqual(pictureCases.map(({ name }) => `${name}.svg`).sort());
});
