/** `hostpulse snapshot`: prints the host's current values, read by the exporter's collectors without a server. */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../common/program/log.ts';
import type { Command, ProgramContext } from '../../common/program/program.ts';
import type { Problem } from '../../common/program/settings/config.ts';
import { checkCollectors, createEnabledCollectors } from '../enabled-collectors.ts';
import { checkSource, loadCollectors } from '../platform.ts';
import { createScrape, type Scrape } from '../scrape.ts';
import type { Scraped } from './evaluate.ts';
import { renderJson, renderPrometheus } from './formats.ts';
import { createPaint, createScreen } from './screen.ts';
import { type SnapshotConfig, snapshotSettings, wantedMetrics } from './settings.ts';
import { createSnapshot, type Snapshot } from './snapshot.ts';
import { renderTable } from './table.ts';

/** Longer than the exporter's limit: no scraper waits. */
const scrapeLimitMs = 10_000;

export const snapshot = {
  name: 'snapshot',
  summary: "Shows this host now, by the catalogue's names and units.",
  settings: snapshotSettings,
  examples: [
    ['', 'show the values of this host'],
    ['--watch=2s', 'show them every 2 seconds'],
    ['--format=json --metric=cpu.usage.total', 'print one metric as JSON'],
  ],
  check: checkSnapshot,
  run: runSnapshot,
} satisfies Command<typeof snapshotSettings>;

async function checkSnapshot(config: SnapshotConfig): Promise<readonly Problem[]> {
  const collectors = await loadCollectors(config.source);
  const silent = createLog({ level: 'error', format: 'json', program: 'snapshot', write: () => undefined });
  return [...checkSource(config.source, collectors, config), ...checkCollectors(collectors, config, silent)];
}

/** Prints one snapshot. With `watch`, prints snapshots until the output is closed. */
async function runSnapshot(config: SnapshotConfig, { log }: ProgramContext): Promise<void> {
  const { format, sampleInterval, watch, metric } = config;
  const collectors = await loadCollectors(config.source);
  const scrape = createScrape(createEnabledCollectors(collectors, config, log), log);
  const screen = createScreen({ stream: process.stdout, inPlace: watch !== undefined && format === 'table' });
  const render = createRender(format);
  const metrics = wantedMetrics(metric);
  let before = await take(scrape);
  let waitMs = sampleInterval;
  try {
    do {
      await sleep(waitMs);
      const after = await take(scrape);
      const now = createSnapshot(before, after, { host: config.host ?? hostname(), timeMs: Date.now(), metrics });
      await screen.show(render(now));
      before = after;
      waitMs = watch ?? sampleInterval;
    } while (watch !== undefined);
  } catch (error) {
    // The reader has gone, as in `hostpulse snapshot --watch | head`.
    if (!Error.isError(error) || (error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

async function take(scrape: Scrape): Promise<Scraped> {
  const atMs = performance.now();
  return { families: await scrape({ limitMs: scrapeLimitMs }), atMs };
}

function createRender(format: SnapshotConfig['format']): (snapshot: Snapshot) => string {
  switch (format) {
    case 'table': {
      const paint = createPaint(process.stdout);
      return (now) => renderTable(now, paint);
    }
    case 'json':
      return renderJson;
    case 'prometheus':
      return renderPrometheus;
  }
}
