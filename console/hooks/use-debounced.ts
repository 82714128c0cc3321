/** A value that follows another one with a delay. */
import { useEffect, useState } from 'preact/hooks';

/** Returns `value` after it has not changed for `delayMs`. Avoids a request for each typed letter and each move of the pointer. */
export function useDebounced<T>(value: T, delayMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
