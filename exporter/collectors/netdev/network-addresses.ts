/** `node_network_address_info`: the addresses of this machine's network devices that are up. They are in no file, so no `--path.*` applies. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Family, Sample } from '../../exposition/family.ts';

export function readAddressInfo(isShown: (device: string) => boolean): Family {
  const samples: Sample[] = [];
  for (const [device, addresses = []] of Object.entries(networkInterfaces())) {
    if (!isShown(device)) continue;
    for (const address of addresses) {
      const netmask = address.cidr?.split('/')[1];
      if (netmask === undefined) continue;
      samples.push({ labels: { address: address.address, device, netmask, scope: scopeOf(address) }, value: 1 });
    }
  }
  return { name: 'node_network_address_info', help: 'node network address by device', type: 'gauge', samples };
}

/** node_exporter's words; loopback is `link-local` there. */
function scopeOf({ address, family, internal }: NetworkInterfaceInfo): string {
  if (internal || address.startsWith('169.254.')) return 'link-local';
  return family === 'IPv6' && /^fe[89ab]/i.test(address) ? 'link-local' : 'global';
}
