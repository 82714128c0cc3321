/** Renders the script at `/install`: deploy/agent/install.sh with the facts of this server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../common/program/package.ts';
import { quote } from './install-line.ts';
import type { ServerIdentity } from './server-identity.ts';

/** The line of the script that the facts replace. */
const factsLine = /^# @facts@.*$/m;

/** Reads the script once. Throws when the installation is incomplete. */
export function createInstallScript(): (identity: ServerIdentity) => string {
  const file = join(packageRoot(), 'deploy', 'agent', 'install.sh');
  const script = readFileSync(file, 'utf8');
  if (!factsLine.test(script)) throw new Error(`${file}: expected a line "# @facts@"`);
  return (identity) => script.replace(factsLine, () => renderFacts(identity));
}

function renderFacts({ url, ca }: ServerIdentity): string {
  return [`server_url=${quote(url)}`, `ca_certificate=${ca === undefined ? "''" : quote(ca.pem.trim())}`].join('\n');
}
