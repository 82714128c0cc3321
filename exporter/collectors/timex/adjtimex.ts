/** Loads adjtimex(2) from the C library of the process. */
import { loadFfi } from '../../syscall/ffi.ts';

/**
 * Reads the state of the clock into a buffer of {@link timexBytes} zeros, and returns the result of adjtimex(2), such as TIME_OK or
 * TIME_ERROR. Throws an Error when the kernel refuses the call.
 */
export type Adjtimex = (buffer: Buffer) => number;

/** Returns a function that calls adjtimex(2). Throws as {@link loadFfi} does. */
export function loadAdjtimex(): Adjtimex {
  const { adjtimex } = loadFfi('timex', 'adjtimex(2)').dlopen(null, {
    adjtimex: { arguments: ['buffer'], return: 'i32' },
  }).functions;
  return (buffer) => {
    const clockState = adjtimex(buffer);
    if (clockState < 0)
      throw new Error('timex: adjtimex(2) was refused; in a container it needs the capability SYS_TIME');
    return clockState;
  };
}
