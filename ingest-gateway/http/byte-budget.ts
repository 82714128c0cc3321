/** Bounds the memory of bodies that are received or wait for their response, for each caller and for all callers together. */

export interface ByteBudget {
  /** Reserves bytes for the caller. Returns false, and reserves nothing, when they exceed a limit. */
  take(caller: string, bytes: number): boolean;
  /** Returns reserved bytes. */
  release(caller: string, bytes: number): void;
}

export interface ByteBudgetOptions {
  readonly maxBytes: number;
  readonly maxCallerBytes: number;
}

export function createByteBudget({ maxBytes, maxCallerBytes }: ByteBudgetOptions): ByteBudget {
  const byCaller = new Map<string, number>();
  let total = 0;

  function set(caller: string, bytes: number): void {
    if (bytes === 0) byCaller.delete(caller);
    else byCaller.set(caller, bytes);
  }

  return {
    take(caller, bytes) {
      const own = (byCaller.get(caller) ?? 0) + bytes;
      if (own > maxCallerBytes || total + bytes > maxBytes) return false;
      set(caller, own);
      total += bytes;
      return true;
    },
    release(caller, bytes) {
      set(caller, (byCaller.get(caller) ?? 0) - bytes);
      total -= bytes;
    },
  };
}
