/** Who the reader is. */

import { useServices } from './services.ts';
import { useData } from './use-data.ts';

export interface Session {
  readonly name: string;
  /** The only host that it may read; absent: all. */
  readonly host?: string;
  /** Whether rules and silences may be changed. */
  readonly may_write: boolean;
  /** Of the gateway. */
  readonly version: string;
}

/** Undefined until it is known. */
export function useSession(): Session | undefined {
  const { api, cachedCalls } = useServices();
  const path = '/page/session';
  return useData(path, (signal) =>
    cachedCalls.share(path, (shared) => api.get<Session>(path, { signal: shared }), { signal }),
  ).data;
}
