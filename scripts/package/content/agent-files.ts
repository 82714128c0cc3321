/** The files of the agent beside its executable. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentCommands } from '../../../bin/agent/agent-commands.ts';
import { renderManualPage } from '../../../bin/cli/manual-page.ts';
import { renderCompletion } from '../../../bin/completion/shell-scripts.ts';
import type { Bundle } from '../agent/bundle.ts';
import { type Platform, readRuntime, runtimes } from '../npm/runtimes.ts';
import { renderLicences } from './licences.ts';
import { type Release, root } from './release.ts';
import { npmComponents, renderSbom } from './sbom.ts';

export const agentName = 'hostpulse-agent';

export interface AgentFiles {
  readonly manual: string;
  readonly bash: string;
  readonly zsh: string;
  readonly fish: string;
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
  const commands = agentCommands();
  const completion = { program: agentName, commands };
  const { version, timeSeconds } = release;
  return {
    manual: renderManualPage({
      name: agentName,
      version,
      date: new Date(timeSeconds * 1000).toISOString().slice(0, 10),
      commands: Object.values(commands),
      files: [
        ['/etc/hostpulse-agent/agent.yml', 'The configuration of the service.'],
        ['/var/lib/hostpulse-agent', 'Samples that wait while the gateway is unreachable.'],
      ],
    }),
    bash: renderCompletion('bash', completion),
    zsh: renderCompletion('zsh', completion),
    fish: renderCompletion('fish', completion),
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
