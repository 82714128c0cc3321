/** The environment of each component: what it reads, and no secret of another component. */
import { childEnvironment, type Environment } from '../../common/program/child-environment.ts';

/** Database passwords for libpq's variables, proxies for JSON Web Key Sets. */
const gatewayNames = /^(?:HOSTPULSE_GATEWAY_|PG|(?:HTTP|HTTPS|NO|ALL)_PROXY$)/i;

/** Variables of the gateway, the exporter and the commands; systemd's variables for `up` itself. */
const foreignToRelay = /^HOSTPULSE_(?:GATEWAY|EXPORTER|UP|API_KEY)(?:_|$)|^(?:NOTIFY_SOCKET|WATCHDOG_.*|LISTEN_.*)$/;

/**
 * Returns the environment of a component of `up`. The relay gets every variable except those of the other programs, because
 * relay.yml may name any. The other components get common variables and, if they are hostpulse's, `HOSTPULSE_<NAME>_*`.
 */
export function componentEnvironment(name: string, environment: Environment): Readonly<Record<string, string>> {
  switch (name) {
    case 'relay':
      return childEnvironment(environment, (variable) => !foreignToRelay.test(variable));
    case 'gateway':
      return childEnvironment(environment, (variable) => gatewayNames.test(variable));
    case 'exporter':
      return childEnvironment(environment, (variable) => variable.startsWith('HOSTPULSE_EXPORTER_'));
    default:
      return childEnvironment(environment);
  }
}
