/** The current session. */

import { useServices } from './services.ts';
import { useData } from './use-data.ts';

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
  const { api, cachedCalls } = useServices();
  const path = '/page/session';
  return useData(path, (signal) =>
    cachedCalls.share(path, (shared) => api.get<Session>(path, { signal: shared }), { signal }),
  ).data;
}
