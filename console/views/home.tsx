/** `/`: the overview. */
import { useEffect } from 'preact/hooks';
import { dashboardPath } from '../../common/page/paths.ts';
import { useDashboardList } from '../api/dashboards.ts';
import { Notice } from '../components/notice.tsx';
import { useServices } from '../services.ts';

export function HomeView() {
  const { navigation } = useServices();
  const list = useDashboardList();
  const first = list?.find(({ uid }) => uid.endsWith('overview')) ?? list?.[0];
  useEffect(() => {
    if (first !== undefined) navigation.go(dashboardPath(first.uid), 'replace');
  }, [first?.uid]);
  if (list?.length !== 0) return null;
  return <Notice title="There are no dashboards" text="The gateway's installation lacks grafana/dashboards." />;
}
