/** The one list of collectors: whatever runs, documents, tests or counts them takes them from here. */
import type { Collector } from '../collector.ts';
import { cpu } from './cpu.ts';
import { meminfo } from './meminfo.ts';
import { netdev } from './netdev.ts';

export const collectors: readonly Collector[] = [cpu, meminfo, netdev];
