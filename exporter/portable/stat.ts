/** Exposes the boot time, which is computed from the uptime. Other systems have no data for the other metrics of the Linux collector. */
import type { Collector } from '../collector/collector.ts';
import { single } from '../exposition/family.ts';
import type { PortableHost } from './systeminformation/host.ts';

/** The uptime has whole seconds on some systems, which shifts the computed boot time. A larger shift is a clock that was set. */
const jitterSeconds = 2;

export function createPortableStat(host: PortableHost): Collector {
  return {
    name: 'stat',
    defaultEnabled: true,
    help: 'Exposes the boot time.',
    flags: [],
    create({ now = Date.now }) {
      let boot: number | undefined;
      return () => {
        const found = Math.round(now() / 1000 - host.uptimeSeconds());
        if (boot === undefined || Math.abs(found - boot) > jitterSeconds) boot = found;
        return [single('node_boot_time_seconds', 'Node boot time, in unixtime.', 'gauge', boot)];
      };
    },
  };
}
