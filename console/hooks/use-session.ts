/** The current session. */

import { useShared } from './use-data.ts';

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
