/** Redirects the views `/` and `/hosts/<host>` to the overview and to the dashboard of a host. */
import { useEffect } from 'preact/hooks';
import { dashboardPath } from '../../common/page/paths.ts';
import { Notice } from '../components/notices.tsx';
import { useDashboardList } from '../dashboard/dashboards.ts';
import { useServices } from '../hooks/services.ts';
import type { ViewProps } from '../state/route.ts';

export function HomeView() {
  const { navigation } = useServices();
  const list = useDashboardList();
  const first = list?.find(({ uid }) => uid.endsWith('overview')) ?? list?.[0];
  useEffect(() => {
    if (first !== undefined) navigation.go(dashboardPath(first.uid), 'replace');
  }, [first?.uid]);
  if (list?.length !== 0) return null;
  return (
    <Notice title="No dashboards" text="The folder grafana/dashboards is missing in the installation of the gateway." />
  );
}

export function HostView({ parameters: { host = '' } }: ViewProps) {
  const { navigation } = useServices();
  const list = useDashboardList();
  const uid = list?.find((each) => each.uid.endsWith('host'))?.uid;
  useEffect(() => {
    if (uid === undefined) return;
    const query = new URLSearchParams(navigation.address.get().query);
    query.set('var-instance', host);
    navigation.go(`${dashboardPath(uid)}?${query}`, 'replace');
  }, [uid, host]);
  if (list === undefined || uid !== undefined) return null;
  return <Notice title="No host dashboard" text="The host dashboard is missing in the installation of the gateway." />;
}
