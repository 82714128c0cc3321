/** A data directory belongs to the user of the server. */
import { accessSync, constants } from 'node:fs';
import { UsageFault } from './gateway-client.ts';

/** Throws a `UsageFault` when this user may not read the existing folder. */
export function requireReadable(root: string): void {
  try {
    accessSync(root, constants.R_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageFault(`${root} cannot be read (${code}); run the command as the user of the server, or with sudo`);
  }
}
