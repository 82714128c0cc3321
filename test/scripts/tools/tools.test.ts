import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../support/chromium.ts';
import { createPostgres, type TestPostgres } from '../../support/postgres.ts';

describe('Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test('draws text in the font of the repository', async () => {
    const page = await browser.newPage({ viewport: { width: 400, height: 200 } });
    await page.setContent('<body style="margin:0;font:100px sans-serif"><span>W</span>');
    const { width } = await page.locator('span').evaluate((span) => span.getBoundingClientRect());
    expect(width).toBeCloseTo((2025 / 2048) * 100, 0); // the advance of DejaVu Sans' W
    const picture = await page.screenshot();
    expect(picture.toString('latin1', 1, 4)).toBe('PNG');
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([400, 200]);
    await page.setContent('<body style="margin:0;font:100px sans-serif">');
    expect((await page.screenshot()).equals(picture)).toBe(false);
  });
});

describe('PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await createPostgres();
    await postgres.start();
  });
  afterAll(() => postgres?.remove());

  test('keeps what was committed over a crash', async () => {
    const url = new URL(await postgres.createDatabase('kept'));
    expect(url.pathname).toBe('/kept');
    await postgres.query('create table t (n int); insert into t values (7)', 'kept');
    await postgres.stop('SIGQUIT');
    await postgres.start();
    expect(await postgres.query('select n from t', 'kept')).toEqual([{ n: 7 }]);
  });
});
