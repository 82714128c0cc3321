/** A list's "now": it moves every ten seconds unless the address says otherwise, in the same words as on the dashboards. */
import { readRefresh } from '../dashboard/view-state.ts';
import { useServices } from '../services.ts';
import { useStore } from './store.ts';
import { type Now, useNow } from './use-now.ts';

export interface Refresh extends Now {
  /** Undefined: paused. */
  readonly refreshMs: number | undefined;
}

const usualMs = 10_000;

export function useRefresh(): Refresh {
  const { navigation } = useServices();
  const { query } = useStore(navigation.place);
  const refreshMs = readRefresh(query.get('refresh'), usualMs);
  return { ...useNow(refreshMs), refreshMs };
}
