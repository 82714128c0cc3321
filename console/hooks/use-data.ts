/**
 * Data of a part of the page: loaded when its key is new, kept while newer data come (nothing flickers), asked again when
 * the gateway is back, and given up when the part goes.
 */
import { useLayoutEffect, useState } from 'preact/hooks';
import { GatewayUnreachable } from '../api/problem.ts';
import { useStore } from '../state/store.ts';
import { useServices } from './services.ts';

export interface Loaded<T> {
  /** The newest that came, perhaps for an earlier key. */
  readonly data: T | undefined;
  /** Why the newest try failed. */
  readonly error: unknown;
  readonly isLoading: boolean;
}

interface LoadState<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  /** For which the newest end came; undefined: none yet. */
  readonly key: string | undefined;
}

const nothing: LoadState<never> = { data: undefined, error: undefined, key: undefined };

/** `key` says what is loaded: another one, and it is loaded anew; undefined waits. `load` may differ at each drawing. */
export function useData<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const { connection } = useServices();
  const reconnects = useStore(connection.reconnects);
  const [state, setState] = useState<LoadState<T>>(nothing);

  // Not after the next frame, as other effects: what is asked a frame later is shown a frame later.
  useLayoutEffect(() => {
    if (key === undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    load(signal).then(
      (data) => {
        if (!signal.aborted) setState({ data, error: undefined, key });
      },
      (error: unknown) => {
        // The banner tells of a gateway that is gone; what is on the screen stays.
        if (!signal.aborted && !(error instanceof GatewayUnreachable)) setState(({ data }) => ({ data, error, key }));
      },
    );
    return () => controller.abort();
  }, [key, reconnects]);

  const { data, error } = state;
  return { data, error, isLoading: state.key !== key };
}
