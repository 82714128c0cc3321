/** Services shared by all parts of the page: created once, and available by `useServices`; and hooks for them. */
import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { type Api, createApi } from '../api/client.ts';
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

/** Undefined where the browser's settings forbid the storage. */
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
