/** Assembles the services that add hosts, for routes and pages. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../common/program/log.ts';
import { packageRoot } from '../../common/program/package.ts';
import { type Agents, createAgents } from './agents.ts';
import { createServerIdentity, type IdentityOptions } from './server-identity.ts';
import type { HostConfig } from './settings.ts';

export interface EnrollmentServices {
  /** Returns how hosts reach and verify the gateway that answers the request. */
  readonly identity: ReturnType<typeof createServerIdentity>;
  readonly agents: Agents;
  /** Folder of target files; undefined where scraped hosts cannot be added over HTTP. */
  readonly targetsDirectory: string | undefined;
  /** Version of the gateway. */
  readonly version: string;
}

export interface EnrollmentOptions {
  readonly config: HostConfig & IdentityOptions;
  readonly version: string;
  readonly log: Log;
}

export function createEnrollment({ config, version, log }: EnrollmentOptions): EnrollmentServices {
  const root = packageRoot();
  const script = join(root, 'scripts', 'launch.cjs');
  const { agentsDirectory } = config;
  const folders = agentsDirectory === undefined ? [join(root, 'agents'), join(root, 'release')] : [agentsDirectory];
  const buildScript = agentsDirectory === undefined && existsSync(script) ? script : undefined;
  return {
    identity: createServerIdentity(config),
    agents: createAgents({ folders, version, buildScript, log }),
    targetsDirectory: config.targetsDirectory,
    version,
  };
}
