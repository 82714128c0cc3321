/** Services shared by all parts of the page: created once, and available by `useServices`. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Api, createApi } from '../api/client.ts';
import { type Connection, createConnection } from '../api/connection.ts';
import { createPromql, type Promql } from '../api/promql.ts';
import { createSharedCalls, type SharedCalls } from '../api/shared-calls.ts';
import { createNavigation, type Navigation } from '../state/navigation.ts';
import { createShortcuts, type Shortcuts } from '../state/shortcuts.ts';
import { createTheme, type Theme } from '../state/theme.ts';

export interface Services {
  readonly navigation: Navigation;
  readonly connection: Connection;
  readonly api: Api;
  /** Caches responses that many parts need and that rarely change, for a minute. */
  readonly cachedCalls: SharedCalls;
  /** Shares equal queries. */
  readonly promql: Promql;
  readonly theme: Theme;
  readonly shortcuts: Shortcuts;
}

export function createServices(window: Window): Services {
  const navigation = createNavigation(window);
  const connection = createConnection();
  const api = createApi({ connection, onSessionExpired: () => navigation.toLogin() });
  return {
    navigation,
    connection,
    api,
    cachedCalls: createSharedCalls({ maxConcurrency: 4, maxCached: 8, maxAgeMs: 60_000, now: () => performance.now() }),
    promql: createPromql(api),
    theme: createTheme(window),
    shortcuts: createShortcuts(window),
  };
}

export const ServicesContext = createContext<Services | undefined>(undefined);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) throw new Error('expected to be drawn inside of ServicesContext');
  return services;
}
