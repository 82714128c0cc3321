/**
 * Creates the services that all parts of the page share through `useServices`, and defines hooks for shortcuts, stores, and the data
 * that a component loads.
 */
import { createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Api, createApi } from '../api/client.ts';
import { NotAnswering } from '../api/problem.ts';
import { createPromql, type Promql } from '../api/promql.ts';
import { createSharedCalls, type SharedCalls } from '../api/shared-calls.ts';
import { createHostColours, type HostColours } from '../format/colours.ts';
import { createNavigation, type Navigation } from '../state/navigation.ts';
import { createShortcuts, type Shortcut, type Shortcuts } from '../state/shortcuts.ts';
import type { Store } from '../state/store.ts';
import { createTheme, type Theme } from '../state/theme.ts';

export interface Services {
  readonly navigation: Navigation;
  readonly api: Api;
  /** Caches responses that many parts need and that rarely change, for a minute. */
  readonly cachedCalls: SharedCalls;
  /** Shares equal queries. */
  readonly promql: Promql;
  readonly theme: Theme;
  readonly hostColours: HostColours;
  readonly shortcuts: Shortcuts;
}

export function createServices(window: Window): Services {
  const navigation = createNavigation(window);
  const api = createApi({
    onSessionExpired: () => navigation.toLogin(),
    isVisible: () => window.document.visibilityState === 'visible',
  });
  return {
    navigation,
    api,
    cachedCalls: createSharedCalls({ maxConcurrency: 4, maxCached: 8, maxAgeMs: 60_000, now: () => performance.now() }),
    promql: createPromql(api),
    theme: createTheme(window),
    hostColours: createHostColours(tryStorage(window)),
    shortcuts: createShortcuts(window),
  };
}

/** Returns the storage of the browser. Undefined when the browser's settings forbid the storage. */
function tryStorage(window: Window): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

export const ServicesContext = createContext<Services | undefined>(undefined);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) throw new Error('expected to be drawn inside of ServicesContext');
  return services;
}

/** Returns the value of a store. The component renders again when the value changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState({ of: store.get() });
  useEffect(() => {
    const take = () => setValue((before) => (Object.is(before.of, store.get()) ? before : { of: store.get() }));
    take(); // the value may have changed since the render
    return store.subscribe(take);
  }, [store]);
  return value.of;
}

/** Registers keyboard shortcuts while a component is mounted. The keys must stay the same on each render; the functions may change. */
export function useShortcuts(wanted: readonly Shortcut[]): void {
  const { shortcuts } = useServices();
  const newest = useRef(wanted);
  newest.current = wanted;
  useEffect(
    () =>
      shortcuts.add(wanted.map(({ keys, label }, index) => ({ keys, label, run: () => newest.current[index]?.run() }))),
    [shortcuts],
  );
}

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

/**
 * Loads data for a component. Loads when `key` changes, and again after an outage; an undefined key waits. Keeps the previous data
 * while new data load, and aborts when the component unmounts. `load` may be a new function on each render.
 */
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

/** Returns the session of the page. Undefined until loaded. */
export function useSession(): Session | undefined {
  return useShared<Session>('/page/session');
}
