/** Loads `node:ffi`, with which collectors call the C library of the process. Node.js has the module since version 26. */
import type * as Ffi from 'node:ffi';

export type FfiModule = typeof Ffi;

/** Processors with 32 bits, on which the fields of the kernel's structures have other sizes. */
const unsupported: readonly string[] = ['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'];

/**
 * Returns `node:ffi`. Throws an Error that names the collector and the system call when this Node.js has no such module, and on a
 * 32-bit processor.
 */
export function loadFfi(collector: string, call: string): FfiModule {
  const remedy = `turn off with --no-collector.${collector}`;
  if (unsupported.includes(process.arch))
    throw new Error(`${collector}: expected a 64-bit processor, got ${process.arch}; ${remedy}`);
  const ffi = withoutWarning(() => process.getBuiltinModule('node:ffi') as FfiModule | undefined);
  if (ffi === undefined)
    throw new Error(`${collector}: expected Node.js 26 with node:ffi for ${call}, got ${process.version}; ${remedy}`);
  return ffi;
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
