/** Loads adjtimex(2) from the C library of the process through `node:ffi`. */
import type * as Ffi from 'node:ffi';

/**
 * Reads the state of the clock into a buffer of {@link timexBytes} zeros, and returns the result of adjtimex(2), such as TIME_OK or
 * TIME_ERROR. Throws an Error when the kernel refuses the call.
 */
export type Adjtimex = (buffer: Buffer) => number;

/**
 * Returns a function that calls adjtimex(2). Throws an Error when this Node.js has no `node:ffi`, and on a 32-bit processor, where
 * the fields of the structure have other sizes.
 */
export function loadAdjtimex(): Adjtimex {
  if (['arm', 'ia32'].includes(process.arch))
    throw new Error(`timex: expected a 64-bit processor, got ${process.arch}; turn off with --no-collector.timex`);
  const ffi = withoutWarning(() => process.getBuiltinModule('node:ffi') as typeof Ffi | undefined);
  if (ffi === undefined) {
    throw new Error(
      `timex: expected Node.js 26 with node:ffi for adjtimex(2), got ${process.version}; turn off with --no-collector.timex`,
    );
  }
  const { adjtimex } = ffi.dlopen(null, { adjtimex: { arguments: ['buffer'], return: 'i32' } }).functions;
  return (buffer) => {
    const clockState = adjtimex(buffer);
    if (clockState < 0)
      throw new Error('timex: adjtimex(2) was refused; in a container it needs the capability SYS_TIME');
    return clockState;
  };
}

/** Runs `load` without the warning that `node:ffi` is experimental, which an operator cannot act on. */
function withoutWarning<Result>(load: () => Result): Result {
  const emitWarning: unknown = Reflect.get(process, 'emitWarning');
  process.emitWarning = () => undefined;
  try {
    return load();
  } finally {
    Reflect.set(process, 'emitWarning', emitWarning);
  }
}
