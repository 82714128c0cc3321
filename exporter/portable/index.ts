/** Lists the collectors for hosts without procfs. They have the names, flags and families of the Linux collectors, where the system has the data. */
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
  /** Platforms without this data. */
  readonly missingOn?: readonly Platform[];
}

const portable: readonly PortableCollector[] = [
  { create: createPortableCpu },
  { create: createPortableDiskstats, missingOn: ['win32'] },
  { create: createPortableFilesystem },
  { create: createPortableLoadavg, missingOn: ['win32'] },
  { create: createPortableMeminfo },
  { create: createPortableNetdev },
  { create: createPortableNetstat },
  { create: createPortableOs },
  { create: createPortableSockstat },
  { create: createPortableStat },
  { create: () => time },
  { create: createPortableUname },
];

/** Returns the collectors that the host's platform has data for. */
export function createPortableCollectors(host: PortableHost = createPortableHost()): readonly Collector[] {
  return portable.filter(({ missingOn = [] }) => !missingOn.includes(host.platform)).map(({ create }) => create(host));
}
