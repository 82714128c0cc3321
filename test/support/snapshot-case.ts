/** Reads pages in the text format as the scrapes of a snapshot. */
import { parseExposition } from '../../exporter/exposition/exposition-parse.ts';
import type { Family } from '../../exporter/exposition/family.ts';
import type { Scraped } from '../../exporter/snapshot/evaluate.ts';

export function scrapedPage(page: string, atMs: number): Scraped {
  const families = parseExposition(page).map((family): Family => ({ ...family, help: family.help ?? '' }));
  return { families, atMs };
}
