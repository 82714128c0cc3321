/** Builds the environment of each component: the variables that the component reads, without secrets of other components. */
import { childEnvironment, type Environment } from '../../common/program/child-environment.ts';

/** Variables that the gateway gets: its settings, libpq's variables for the database, and proxies for fetching JSON Web Key Sets. */
const gatewayNames = /^(?:HOSTPULSE_GATEWAY_|PG|(?:HTTP|HTTPS|NO|ALL)_PROXY$)/i;

/** Variables that the relay does not get: those of the gateway, the exporter, `up` and the commands, and systemd's for `up`. */
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
