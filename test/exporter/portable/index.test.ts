/** The portable collectors over answers of each system, failed reads included: a golden page and the errors. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { renderExposition } from '../../../exporter/exposition/exposition.ts';
import { createPortableCollectors } from '../../../exporter/portable/index.ts';
import { createScrape } from '../../../exporter/scrape.ts';
import { caseTimeMs, createRecordingFaults, flagsOf } from '../../support/collector-host.ts';
import { expectGolden } from '../../support/golden.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { readPortableHost } from '../../support/portable-host.ts';

const cases = join(import.meta.dirname, '../../cases/portable');
const names = readdirSync(cases).sort();

/** Scrapes all collectors except time, which reads this machine's clock. */
async function scrapeCase(folder: string): Promise<{ readonly page: string; readonly faults: string }> {
  const host = readPortableHost(join(folder, 'answers.json'));
  const logged = createLogLines();
  const context = {
    paths: { procfs: '/', sysfs: '/', rootfs: '/' },
    log: logged.log,
    faults: createRecordingFaults(),
    now: () => caseTimeMs,
  };
  const enabled = createPortableCollectors(host)
    .filter(({ name }) => name !== 'time')
    .map((collector) => ({
      name: collector.name,
      read: collector.create({ ...context, flags: flagsOf(collector) }),
    }));
  const families = await createScrape(enabled, logged.log)({ limitMs: 1_000 });
  const page = renderExposition(families.filter(({ name }) => name !== 'node_scrape_collector_duration_seconds'));
  const faults = logged.lines().map((line) => `${String(line['collector'])}: ${String(line['error'])}\n`);
  return { page, faults: faults.sort().join('') };
}

describe('each system', () => {
  test('both systems have healthy and failing cases', () => {
    expect(names).toEqual([
      'darwin',
      'darwin-failed-reads',
      'darwin-odd',
      'garbled',
      'win32',
      'win32-failed-reads',
      'win32-translated',
    ]);
  });

  test.each(names)('%s', async (name) => {
    const folder = join(cases, name);
    const { page, faults } = await scrapeCase(folder);
    expectGolden(join(folder, 'expected.prom'), page);
    expectGolden(join(folder, 'expected.err'), faults);
    expect(page).not.toMatch(/NaN|undefined|null/);
  });
});
