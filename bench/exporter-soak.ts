/**
 * Scrapes the exporter as often as Prometheus does in a day, without the pauses, and prints its memory after each tenth. Exits with 1
 * when the memory is not flat: when the last tenth ends with more anonymous memory than the third one and a tolerance.
 */
import { leanNodeFlags } from '../common/program/node-flags.ts';
import { createClient } from './measure/client.ts';
import { programFlag, readFlags } from './measure/flags.ts';
import { startProgram } from './measure/program.ts';
import { printRow } from './measure/statistics.ts';

const flags = readFlags('exporter-soak', {
  scrapes: [17_280, 'scrapes: 24 h at one scrape every 5 s'],
  'tolerance-mib': [1.5, 'growth that counts as flat'],
  flags: [leanNodeFlags.join(' '), 'flags of Node for the exporter, as systemd passes them (--flags=...)'],
  ...programFlag,
});

/** Clients that take turns: Prometheus, a client that accepts zstd, and a script. */
const clients = [
  { headers: { Accept: 'application/openmetrics-text;version=1.0.0', 'Accept-Encoding': 'gzip' } },
  { headers: { 'Accept-Encoding': 'zstd' } },
  { headers: {}, keepsConnections: false },
];

const parts = 10;
/** The first parts fill the caches. */
const warmParts = 3;

async function main(): Promise<void> {
  const args = [...flags.flags.split(' ').filter((flag) => flag !== ''), flags.program, 'exporter'];
  const exporter = await startProgram({
    name: 'exporter',
    command: process.execPath,
    args,
    readyPath: '/metrics',
  });
  const scrapers = clients.map(({ headers, ...options }) => createClient(exporter.url, headers, options));
  const anonymousMiB: number[] = [];
  try {
    printRow(['scrapes', 'RSS MiB', 'anonymous', 'Pss'], [12], 12);
    for (let part = 1; part <= parts; part++) {
      const upTo = Math.round((flags.scrapes * part) / parts);
      for (let scrape = Math.round((flags.scrapes * (part - 1)) / parts); scrape < upTo; scrape++)
        await scrapers[scrape % scrapers.length]?.get('/metrics');
      const { rssBytes, anonymousBytes, pssBytes } = exporter.cost();
      anonymousMiB.push(anonymousBytes / 2 ** 20);
      const sizes = [rssBytes, anonymousBytes, pssBytes].map((bytes) => (bytes / 2 ** 20).toFixed(1));
      printRow([String(upTo), ...sizes], [12], 12);
    }
  } finally {
    for (const scraper of scrapers) scraper.close();
    await exporter.stop();
  }
  const growthMiB = (anonymousMiB.at(-1) ?? NaN) - (anonymousMiB[warmParts - 1] ?? NaN);
  const isFlat = growthMiB <= flags['tolerance-mib'];
  console.log(`anonymous memory grew by ${growthMiB.toFixed(1)} MiB: ${isFlat ? 'flat' : 'not flat'}`);
  if (!isFlat) process.exitCode = 1;
}

await main();
