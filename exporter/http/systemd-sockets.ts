/** Finds the sockets that systemd opened for the program. Source: sd_listen_fds(3) */
import { StartError } from '../../common/program/program.ts';

const firstFd = 3;

/** Returns the sockets that systemd passed. Throws a `StartError` when systemd passed no socket. */
export function systemdSockets({
  LISTEN_FDS,
  LISTEN_PID,
}: Readonly<Record<string, string | undefined>>): readonly { readonly fd: number }[] {
  const count = /^\d{1,3}$/.test(LISTEN_FDS ?? '') ? Number(LISTEN_FDS) : 0;
  // systemd may have started a launcher, which is the parent of this process.
  const isForThis = LISTEN_PID === undefined || [process.pid, process.ppid].includes(Number(LISTEN_PID));
  if (count === 0 || !isForThis)
    throw new StartError(
      '--web.systemd-socket: systemd passed no socket (LISTEN_FDS); start the program by a .socket unit, or remove the flag',
    );
  return Array.from({ length: count }, (_, index) => ({ fd: firstFd + index }));
}
