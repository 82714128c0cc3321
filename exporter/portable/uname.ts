/** Exposes the name and version of the operating system, the host name and the architecture, from uname(2) or its equivalent on Windows. */
import type { Collector } from '../collector/collector.ts';
import { gauge } from '../exposition/family.ts';
import type { HostNames, Platform, PortableHost } from './systeminformation/host.ts';

export function createPortableUname(host: PortableHost): Collector {
  return {
    name: 'uname',
    defaultEnabled: true,
    help: 'Exposes the name and version of the operating system, the host name and the architecture.',
    flags: [],
    create: () => () => {
      const { machine, release, type, version, ...names } = host.names();
      const { nodename, domainname } = splitHostname(names, host.platform);
      const labels = { domainname, machine, nodename, release, sysname: type, version };
      const help = 'Labeled system information as provided by the uname system call.';
      return [gauge('node_uname_info', help, [{ labels, value: 1 }])];
    },
  };
}

/** Linux has a separate domain name; elsewhere node_exporter splits the host name. Linux reports `(none)` for no domain. */
function splitHostname({ hostname }: Pick<HostNames, 'hostname'>, platform: Platform) {
  const dot = hostname.indexOf('.');
  if (platform === 'linux' || dot < 1) return { nodename: hostname, domainname: '(none)' };
  return { nodename: hostname.slice(0, dot), domainname: hostname.slice(dot + 1) };
}
