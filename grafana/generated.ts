/** Returns the path and the JSON of every dashboard. */
import type { GeneratedFile } from '../common/program/generated-files.ts';
import { cpu } from './boards/cpu.ts';
import { disk } from './boards/disk.ts';
import { host } from './boards/host.ts';
import { memory } from './boards/memory.ts';
import { network } from './boards/network.ts';
import { overview } from './boards/overview.ts';

export const boards = { overview, cpu, memory, disk, network, host } as const;

export function generatedFiles(): readonly GeneratedFile[] {
  return Object.entries(boards).map(([name, board]) => ({
    path: `grafana/dashboards/${name}.json`,
    text: `${JSON.stringify(board, null, 2)}\n`,
  }));
}
