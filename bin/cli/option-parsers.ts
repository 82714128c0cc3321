/** Parses values of options for commander. The parsers throw a `CommanderError` with exit code 2. */
import { CommanderError } from 'commander';
import { hostName, instant } from '../../ingest-gateway/schema/fields.ts';

/** Returns the host name. Throws for a text that cannot be a host name. */
export function parseHostOption(value: string): string {
  if (hostName.safeParse(value).success) return value;
  throw new CommanderError(2, 'host', `--host: expected a host name of 1 to 253 characters, got "${value}"`);
}

/** Returns a parser that returns milliseconds since 1970. The errors of the parser name `flag`. */
export function timeOption(flag: string): (value: string) => number {
  return (value) => {
    const parsed = instant.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new CommanderError(2, 'time', `${flag}: expected RFC 3339 or epoch milliseconds, got "${value}"`);
  };
}
