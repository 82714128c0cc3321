/** The one list of collectors: whatever runs, documents, tests or counts them takes them from here. */
import type { Collector } from '../collector.ts';
import { cpu } from './cpu.ts';
import { diskstats } from './diskstats.ts';
import { filefd } from './filefd.ts';
import { filesystem } from './filesystem.ts';
import { loadavg } from './loadavg.ts';
import { meminfo } from './meminfo.ts';
import { netdev } from './netdev.ts';
import { netstat } from './netstat.ts';
import { sockstat } from './sockstat.ts';
import { stat } from './stat.ts';
import { time } from './time.ts';
import { uname } from './uname.ts';
import { vmstat } from './vmstat.ts';

export const collectors: readonly Collector[] = [
  cpu,
  diskstats,
  filefd,
  filesystem,
  loadavg,
  meminfo,
  netdev,
  netstat,
  sockstat,
  stat,
  time,
  uname,
  vmstat,
];
