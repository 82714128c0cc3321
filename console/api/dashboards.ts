/** The dashboards that the gateway has, as the menu shows them. */
import { useData } from '../hooks/use-data.ts';
import { useServices } from '../services.ts';

export interface DashboardEntry {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** Undefined until they are known. */
export function useDashboardList(): readonly DashboardEntry[] | undefined {
  const { api } = useServices();
  const { data } = useData('dashboards', (signal) =>
    api.get<{ readonly dashboards: readonly DashboardEntry[] }>('/page/dashboards', { signal }),
  );
  return data?.dashboards;
}
