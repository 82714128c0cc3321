/** The one list of collectors for hosts without procfs: the same names, flags and families as on Linux, as far as the system tells. */
import type { Collector } from '../collector/collector.ts';
import { time } from '../collectors/time.ts';
import { createPortableCpu } from './cpu.ts';
import { createPortableDiskstats } from './diskstats.ts';
import { createPortableFilesystem } from './filesystem.ts';
import { createPortableLoadavg } from './loadavg.ts';
import { createPortableMeminfo } from './meminfo.ts';
import { createPortableNetdev } from './netdev.ts';
import { createPortableNetstat } from './netstat.ts';
import { createPortableOs } from './os.ts';
import { createPortableSockstat } from './sockstat.ts';
import { createPortableStat } from './stat.ts';
import { createPortableHost, type Platform, type PortableHost } from './systeminformation/host.ts';
import { createPortableUname } from './uname.ts';

interface PortableCollector {
  readonly create: (host: PortableHost) => Collector;
  /** Systems that have nothing to tell here. */
  readonly lacking?: readonly Platform[];
}

const portable: readonly PortableCollector[] = [
  { create: createPortableCpu },
  { create: createPortableDiskstats, lacking: ['win32'] },
  { create: createPortableFilesystem },
  { create: createPortableLoadavg, lacking: ['win32'] },
  { create: createPortableMeminfo },
  { create: createPortableNetdev },
  { create: createPortableNetstat },
  { create: createPortableOs },
  { create: createPortableSockstat },
  { create: createPortableStat },
  { create: () => time },
  { create: createPortableUname },
];

/** The collectors that this host's system has something for. */
export function createPortableCollectors(host: PortableHost = createPortableHost()): readonly Collector[] {
  return portable.filter(({ lacking = [] }) => !lacking.includes(host.platform)).map(({ create }) => create(host));
}
