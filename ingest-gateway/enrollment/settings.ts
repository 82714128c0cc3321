/** The gateway's settings for adding hosts. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf } from '../../common/program/log.ts';
import type { Problem } from '../../common/program/settings/config.ts';
import { path } from '../../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings } from '../../common/program/settings/settings.ts';

export const hostSettings = {
  caFile: optional({
    path: 'hosts.ca_file',
    help: "CA certificate that hosts need to verify this gateway's certificate; absent: a public CA",
    type: path,
  }),
  agentsDirectory: optional({
    path: 'hosts.agents_directory',
    help: 'folder with hostpulse-agent-<version>-linux-<x64|arm64>.tar.gz for new hosts; default: agents/ or release/ of the installation',
    type: path,
  }),
  targetsDirectory: optional({
    path: 'hosts.targets_directory',
    help: "folder of target files that Prometheus' job node reads; without it scraped hosts cannot be added over HTTP",
    type: path,
  }),
} satisfies Settings;

export type HostConfig = ConfigOf<typeof hostSettings>;

/** Returns a problem for a CA file that cannot be read. */
export function checkHostSettings({ caFile }: HostConfig): readonly Problem[] {
  if (caFile === undefined) return [];
  try {
    new X509Certificate(readFileSync(caFile));
    return [];
  } catch (error) {
    return [{ place: 'hosts.ca_file', expected: 'a file with a certificate in PEM', got: messageOf(error) }];
  }
}
