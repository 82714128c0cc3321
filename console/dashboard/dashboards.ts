/** Loads dashboards from the gateway: the list for the menu, and one dashboard by uid. */
import type { Dashboard } from '../../common/dashboard/model.ts';
import { useServices } from '../hooks/services.ts';
import { type Loaded, useData } from '../hooks/use-data.ts';
import { parseDashboard } from './parse-dashboard.ts';

export function useDashboard(uid: string): Loaded<Dashboard> {
  const { api } = useServices();
  const loaded = useData(uid, async (signal) =>
    parseDashboard(await api.get<unknown>(`/page/dashboards/${encodeURIComponent(uid)}`, { signal })),
  );
  return loaded.data?.uid === uid ? loaded : { ...loaded, data: undefined };
}

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
