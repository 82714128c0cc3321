/** The dashboards that the gateway has, as the menu shows them. */
import { useData } from '../hooks/use-data.ts';
import { useServices } from '../services.ts';

export interface DashboardEntry {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

interface DashboardList {
  readonly dashboards: readonly DashboardEntry[];
}

/** Undefined until they are known. */
export function useDashboardList(): readonly DashboardEntry[] | undefined {
  const { api, rare } = useServices();
  const path = '/page/dashboards';
  const { data } = useData(path, (signal) =>
    rare.share(path, (shared) => api.get<DashboardList>(path, { signal: shared }), { signal }),
  );
  return data?.dashboards;
}
