/** Collects the files of the agent's packages, except the executable. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentCommands } from '../../../bin/agent/agent-commands.ts';
import type { Bundle } from '../agent/bundle.ts';
import { type Platform, readRuntime, runtimes } from '../npm/runtimes.ts';
import { type CommandDocuments, commandDocuments } from './command-documents.ts';
import { renderLicences } from './licences.ts';
import { type Release, root } from './release.ts';
import { npmComponents, renderSbom } from './sbom.ts';

export const agentName = 'hostpulse-agent';

export interface AgentFiles extends CommandDocuments {
  readonly sbom: string;
  readonly licences: string;
  /** Files of the repository. */
  readonly licence: string;
  readonly notice: string;
  readonly config: string;
  readonly unit: string;
  readonly sysusers: string;
  readonly tmpfiles: string;
}

export function agentFiles(platform: Platform, { packages }: Bundle, release: Release): AgentFiles {
  const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8');
  const files = [
    ['/etc/hostpulse-agent/agent.yml', 'The configuration of the service.'],
    ['/var/lib/hostpulse-agent', 'Samples that wait while the gateway is unreachable.'],
  ] as const;
  return {
    ...commandDocuments({ name: agentName, commands: agentCommands(), files }, release),
    sbom: renderSbom(agentName, release, npmComponents([...packages, runtimes[platform].package])),
    licences: renderLicences(packages, { 'Node.js': readRuntime(platform).licence }),
    licence: read('LICENSE'),
    notice: read('NOTICE'),
    config: read('deploy', 'agent', 'agent.yml'),
    unit: read('deploy', 'agent', 'hostpulse-agent.service'),
    sysusers: read('deploy', 'agent', 'hostpulse-agent.sysusers.conf'),
    tmpfiles: read('deploy', 'agent', 'hostpulse-agent.tmpfiles.conf'),
  };
}
