/** Target files of scraped hosts, which Prometheus reads by file_sd: one file for each host that was added over HTTP. */
import { hash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnrolledHost } from '../../common/store/credentials/enrollment-tokens.ts';

export interface ScrapeTarget extends EnrolledHost {
  /** `host:port` of the host's exporter. */
  readonly address: string;
}

/** Writes the host's file; a previous one is replaced. Prometheus reads complete files only. */
export function writeTarget(folder: string, { host, address, labels }: ScrapeTarget): void {
  mkdirSync(folder, { recursive: true });
  const file = fileOf(folder, host);
  const group = { targets: [address], labels: { ...labels, instance: host } };
  writeFileSync(
    `${file}.new`,
    `# Written by the gateway. "hostpulse hosts forget" deletes this file.\n${JSON.stringify([group], null, 2)}\n`,
  );
  renameSync(`${file}.new`, file);
}

/** Deletes the host's file. Returns false when the gateway wrote none. */
export function removeTarget(folder: string, host: string): boolean {
  const file = fileOf(folder, host);
  try {
    rmSync(file);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw cause;
  }
}

/** The file name contains a hash, because a host name may contain any character and similar names must not share a file. */
function fileOf(folder: string, host: string): string {
  const readable = host.replaceAll(/[^A-Za-z0-9.-]/g, '_').slice(0, 80);
  return join(folder, `added-${readable}-${hash('sha256', host).slice(0, 8)}.yml`);
}
