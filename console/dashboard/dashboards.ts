/** The list of dashboards for the menu. */
import { useServices } from '../hooks/services.ts';
import { useData } from '../hooks/use-data.ts';

export interface DashboardEntry {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

interface DashboardList {
  readonly dashboards: readonly DashboardEntry[];
}

/** Undefined until loaded. */
export function useDashboardList(): readonly DashboardEntry[] | undefined {
  const { api, cachedCalls } = useServices();
  const path = '/page/dashboards';
  const { data } = useData(path, (signal) =>
    cachedCalls.share(path, (shared) => api.get<DashboardList>(path, { signal: shared }), { signal }),
  );
  return data?.dashboards;
}

/** Removes the product's name, which only Grafana's list of all dashboards needs. */
export function shortTitle(title: string): string {
  return title.replace(/^hostpulse\s*[/:-]\s*/i, '');
}
