/** Explains why a port cannot be opened. */
import { StartError } from '../program/program.ts';
import { renderSocketAddress, type SocketAddress } from '../program/settings/units.ts';

export interface ListenFailure {
  readonly address: SocketAddress;
  readonly cause: NodeJS.ErrnoException;
  /** The flag that changes the address. */
  readonly flag: string;
}

export function explainListen({ address, cause, flag }: ListenFailure): StartError {
  const place = renderSocketAddress(address);
  if (cause.code === 'EADDRINUSE')
    return new StartError(`${place} is already in use by another program; free it or choose another ${flag}`);
  if (cause.code === 'EACCES')
    return new StartError(`${place} needs privileges that this user does not have; choose a port above 1023`);
  return new StartError(`cannot listen on ${place}`, { cause });
}
