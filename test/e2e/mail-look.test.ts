/** Screenshots of mails in Chromium, on a desktop and a phone, light and dark, compared with reviewed ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { rasterise } from '../../alert-relay/chart/raster-process.ts';
import { pictureCases } from '../support/alert-pictures.ts';
import { launchChromium } from '../support/chromium.ts';
import { expectGoldenPicture, tryDifference } from '../support/golden-picture.ts';
import { decodePng } from '../support/png.ts';

const cases = join(import.meta.dirname, '../cases/alert-relay');
const shots = join(cases, 'screenshots');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
}, 60_000);
afterAll(() => browser.close());

interface Look {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** Returns the width of the page. */
async function open(name: string, { width, scheme }: Look): Promise<number> {
  await page.setViewportSize({ width, height: 400 });
  await page.emulateMedia({ colorScheme: scheme });
  const svg = pictureCases.find((each) => each.name === name)?.svg;
  const html = readFileSync(join(cases, 'email', `${name}.html`), 'utf8');
  const picture = svg === undefined ? '' : `data:image/png;base64,${Buffer.from(rasterise(svg)).toString('base64')}`;
  await page.setContent(html.replace('cid:picture@hostpulse', picture));
  return page.evaluate<number>('document.documentElement.scrollWidth');
}

interface AxeResults {
  readonly passes: readonly { readonly id: string }[];
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

async function checkWithAxe(): Promise<AxeResults> {
  await page.evaluate(axe);
  const rules = ['color-contrast', 'image-alt', 'document-title', 'html-has-lang', 'link-name'];
  return page.evaluate(`axe.run({ runOnly: ${JSON.stringify(rules)} })`);
}

const desk = { width: 700, scheme: 'light' } as const;
const phone = { width: 360, scheme: 'dark' } as const;
const looks: readonly (readonly [string, Look])[] = [
  ['firing', desk],
  ['firing', phone],
  ['resolved', { width: 360, scheme: 'light' }],
  ['critical-with-labels', { width: 700, scheme: 'dark' }],
  ['group-partly', desk],
  ['group-resolved', phone],
];
const fileOf = (name: string, { width, scheme }: Look): string => `${name}-${width}-${scheme}.png`;

test.each(looks)(
  '%s %o',
  async (name, look) => {
    expect(await open(name, look)).toBe(look.width);
    expectGoldenPicture(join(shots, fileOf(name, look)), await page.screenshot({ fullPage: true }));
  },
  60_000,
);

test('every mail fits the screen, and the contrast of every text is above 4.5 : 1', async () => {
  const names = readdirSync(join(cases, 'email'))
    .filter((file) => file.endsWith('.html'))
    .map((file) => file.replace('.html', ''));
  expect(names.length).toBeGreaterThan(8);
  for (const name of names)
    for (const look of [desk, phone]) expect([name, await open(name, look)]).toEqual([name, look.width]);
  for (const name of ['firing', 'critical-with-labels', 'resolved', 'bare', 'group-partly'])
    for (const look of [desk, phone]) {
      await open(name, look);
      const { passes, violations } = await checkWithAxe();
      expect(passes.map(({ id }) => id)).toContain('color-contrast');
      expect([name, look.scheme, violations.map(({ id, nodes }) => [id, nodes[0]?.html])]).toEqual([
        name,
        look.scheme,
        [],
      ]);
    }
}, 120_000);

test('every screenshot has a case, and a difference is detected', () => {
  const files = looks.map(([name, look]) => fileOf(name, look)).sort();
  expect(readdirSync(shots).sort()).toEqual(files);
  const [light, dark] = ['firing-360-dark.png', 'resolved-360-light.png'].map((file) =>
    decodePng(readFileSync(join(shots, file))),
  );
  if (light === undefined || dark === undefined) throw new Error('no screenshots');
  const height = Math.min(light.height, dark.height);
  expect(tryDifference({ ...light, height }, { ...dark, height })).toMatch(/squares look different/);
  expect(tryDifference(light, light)).toBeUndefined();
});
