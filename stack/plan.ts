/** Where everything of one stack is: derived from its settings and the machine's addresses. */
import type { ComponentsOptions } from './components.ts';
import { dataDirectory } from './data/data-directory.ts';
import { gatewayAddress, hostAddresses } from './gateway-address.ts';
import { portsWithOffset } from './ports.ts';
import type { UpConfig } from './settings.ts';

export function planStack(config: UpConfig): ComponentsOptions {
  const { dataDir, listen, publicUrl, portOffset, tls } = config;
  const address = gatewayAddress({
    listen,
    publicUrl,
    portOffset,
    hasTls: tls.kind !== 'off',
    addresses: hostAddresses(),
  });
  const ports = { ...portsWithOffset(portOffset), gateway: address.localPort };
  return { config, directory: dataDirectory(dataDir), address, ports };
}
