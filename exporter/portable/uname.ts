/** The system's names, as uname(2) and its like on Windows tell them. */
import type { Collector } from '../collector/collector.ts';
import type { HostNames, Platform, PortableHost } from './systeminformation/host.ts';

export function createPortableUname(host: PortableHost): Collector {
  return {
    name: 'uname',
    defaultEnabled: true,
    help: "The system's names.",
    flags: [],
    create: () => () => {
      const { machine, release, type, version, ...names } = host.names();
      const { nodename, domainname } = splitHostname(names, host.platform);
      return [
        {
          name: 'node_uname_info',
          help: 'Labeled system information as provided by the uname system call.',
          type: 'gauge',
          samples: [{ labels: { domainname, machine, nodename, release, sysname: type, version }, value: 1 }],
        },
      ];
    },
  };
}

/** Only Linux has a domain name of its own; elsewhere node_exporter takes it from the host's name. `(none)` is Linux' word for none. */
function splitHostname({ hostname }: Pick<HostNames, 'hostname'>, platform: Platform) {
  const dot = hostname.indexOf('.');
  if (platform === 'linux' || dot < 1) return { nodename: hostname, domainname: '(none)' };
  return { nodename: hostname.slice(0, dot), domainname: hostname.slice(dot + 1) };
}
