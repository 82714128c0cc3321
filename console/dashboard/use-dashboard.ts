/** A dashboard's JSON from the gateway, understood. */

import type { Dashboard } from '../../common/dashboard/model.ts';
import { type Loaded, useData } from '../hooks/use-data.ts';
import { useServices } from '../services.ts';
import { readDashboard } from './read.ts';

export function useDashboard(uid: string): Loaded<Dashboard> {
  const { api } = useServices();
  const loaded = useData(uid, async (signal) =>
    readDashboard(await api.get<unknown>(`/page/dashboards/${encodeURIComponent(uid)}`, { signal })),
  );
  return loaded.data?.uid === uid ? loaded : { ...loaded, data: undefined };
}
