/** Parses `--host` for commander. */
import { CommanderError } from 'commander';
import { hostName } from '../../ingest-gateway/schema/fields.ts';

/** Returns the host name. Throws a `CommanderError` with exit code 2 for a text that cannot be a host name. */
export function parseHostOption(value: string): string {
  if (hostName.safeParse(value).success) return value;
  throw new CommanderError(2, 'host', `--host: expected a host name of 1 to 253 characters, got "${value}"`);
}
