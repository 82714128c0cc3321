/** Loads the list of dashboards for the menu. */
import { useShared } from '../hooks/services.ts';

export interface DashboardEntry {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** Returns the entries of the menu. Undefined until loaded. */
export function useDashboardList(): readonly DashboardEntry[] | undefined {
  return useShared<{ readonly dashboards: readonly DashboardEntry[] }>('/page/dashboards')?.dashboards;
}
