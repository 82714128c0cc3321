/**
 * Loads data for a component, such as the current session. Keeps the previous data while new data load, loads again after an
 * outage, and aborts when the component unmounts.
 */
import { useLayoutEffect, useState } from 'preact/hooks';
import { NotAnswering } from '../api/problem.ts';
import { useServices, useStore } from './services.ts';

export interface Loaded<T> {
  /** The newest data, perhaps of an earlier key. */
  readonly data: T | undefined;
  /** Error of the newest attempt. */
  readonly error: unknown;
  readonly isLoading: boolean;
}

interface LoadState<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  /** Key of the newest result. Undefined: no result yet. */
  readonly key: string | undefined;
}

const nothing: LoadState<never> = { data: undefined, error: undefined, key: undefined };

/** Loads when `key` changes; an undefined key waits. `load` may be a new function on each render. */
export function useData<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const { api } = useServices();
  const reconnects = useStore(api.reconnects);
  const [state, setState] = useState<LoadState<T>>(nothing);

  // A layout effect, because other effects would delay the request by a frame.
  useLayoutEffect(() => {
    if (key === undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    load(signal).then(
      (data) => {
        if (!signal.aborted) setState({ data, error: undefined, key });
      },
      (error: unknown) => {
        // The banner reports the outage, and the data on the screen stay.
        if (!signal.aborted && !(error instanceof NotAnswering)) setState(({ data }) => ({ data, error, key }));
      },
    );
    return () => controller.abort();
  }, [key, reconnects]);

  const { data, error } = state;
  return { data, error, isLoading: state.key !== key };
}

/** Loads JSON of the API. Loads again when `nowMs` advances. An undefined path waits. */
export function useGet<T>(path: string | undefined, nowMs = 0): Loaded<T> {
  const { api } = useServices();
  return useData(path === undefined ? undefined : `${path} ${nowMs}`, (signal) => api.get<T>(path ?? '', { signal }));
}

/** Loads JSON that many parts need and that rarely changes. Undefined until loaded. */
export function useShared<T>(path: string): T | undefined {
  const { api, cachedCalls } = useServices();
  const load = (signal: AbortSignal) => api.get<T>(path, { signal });
  return useData(path, (signal) => cachedCalls.share(path, load, { signal })).data;
}

export interface Session {
  readonly name: string;
  /** The only host that the session may read. Absent: all hosts. */
  readonly host?: string;
  /** Whether the session may change rules and silences. */
  readonly may_write: boolean;
  /** Version of the gateway. */
  readonly version: string;
}

/** Undefined until loaded. */
export function useSession(): Session | undefined {
  return useShared<Session>('/page/session');
}
