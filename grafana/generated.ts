/** Every dashboard: its path in the repository and its JSON. */
import type { GeneratedFile } from '../common/program/generated-files.ts';
import { cpu } from './cpu.ts';
import { disk } from './disk.ts';
import { host } from './host.ts';
import { memory } from './memory.ts';
import { network } from './network.ts';
import { overview } from './overview.ts';

export const boards = { overview, cpu, memory, disk, network, host } as const;

export function generatedFiles(): readonly GeneratedFile[] {
  return Object.entries(boards).map(([name, board]) => ({
    path: `grafana/dashboards/${name}.json`,
    text: `${JSON.stringify(board, null, 2)}\n`,
  }));
}
