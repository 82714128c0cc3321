/**
 * Data of a part of the page: loaded when its key is new, kept while newer data come (nothing flickers), asked again when
 * the gateway is back, and given up when the part goes.
 */
import { useEffect, useState } from 'preact/hooks';
import { GatewayGone } from '../api/problem.ts';
import { useServices } from '../services.ts';
import { useStore } from './store.ts';

export interface Loaded<T> {
  /** The newest that came, perhaps for an earlier key. */
  readonly data: T | undefined;
  /** Why the newest try failed. */
  readonly error: unknown;
  readonly isLoading: boolean;
}

const nothing: Loaded<never> = { data: undefined, error: undefined, isLoading: true };

/** `key` says what is loaded: another one, and it is loaded anew; undefined waits. `load` may differ at each drawing. */
export function useData<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const { connection } = useServices();
  const comebacks = useStore(connection.comebacks);
  const [loaded, setLoaded] = useState<Loaded<T>>(nothing);

  useEffect(() => {
    if (key === undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    setLoaded(({ data, error }) => ({ data, error, isLoading: true }));
    load(signal).then(
      (data) => {
        if (!signal.aborted) setLoaded({ data, error: undefined, isLoading: false });
      },
      (error: unknown) => {
        if (signal.aborted) return;
        // The banner tells of a gateway that is gone; what is on the screen stays.
        setLoaded(({ data }) => ({
          data,
          error: error instanceof GatewayGone ? undefined : error,
          isLoading: error instanceof GatewayGone,
        }));
      },
    );
    return () => controller.abort();
  }, [key, comebacks]);

  return loaded;
}
