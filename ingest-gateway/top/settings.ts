/** Settings of the records of the busiest processes. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf } from '../../common/program/log.ts';
import type { Problem } from '../../common/program/settings/config.ts';
import { flag, path, secret, text } from '../../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../../common/program/settings/settings.ts';
import { bytes } from '../../common/program/settings/units.ts';

export const topSettings = {
  topMaxBytes: setting({
    path: 'top.max_bytes',
    help: 'size of the busiest processes of all hosts in the database; the oldest go beyond it',
    type: bytes,
    default: 2 ** 30,
  }),
  topScrapeEnabled: setting({
    path: 'top.scrape.enabled',
    help: 'fetch the busiest processes of scraped hosts from their exporters',
    type: flag,
    default: true,
  }),
  topScrapeCaFile: optional({
    path: 'top.scrape.ca_file',
    help: "CA certificate of the exporters that serve https; default: the system's",
    type: path,
  }),
  topScrapeUser: optional({
    path: 'top.scrape.basic_auth.username',
    help: 'user name for the exporters',
    type: text,
  }),
  topScrapePassword: optional({
    path: 'top.scrape.basic_auth.password',
    help: 'password for the exporters',
    type: secret,
  }),
} satisfies Settings;

export type TopConfig = ConfigOf<typeof topSettings>;

/** Returns problems of the CA file and of half a login. */
export function checkTopSettings({ topScrapeCaFile: caFile, ...config }: TopConfig): readonly Problem[] {
  const problems: Problem[] = [];
  if ((config.topScrapeUser === undefined) !== (config.topScrapePassword === undefined))
    problems.push({ place: 'top.scrape.basic_auth', expected: 'username and password together', got: 'one of them' });
  if (caFile === undefined) return problems;
  try {
    new X509Certificate(readFileSync(caFile));
  } catch (error) {
    problems.push({ place: 'top.scrape.ca_file', expected: 'a file with a certificate in PEM', got: messageOf(error) });
  }
  return problems;
}
