/** `/hosts/<host>`: the dashboard of one host, whatever its uid is. */
import { useEffect } from 'preact/hooks';
import { dashboardPath } from '../../common/page/paths.ts';
import { useDashboardList } from '../api/dashboards.ts';
import { Notice } from '../components/notice.tsx';
import { useServices } from '../services.ts';
import type { ViewProps } from './index.ts';

export function HostView({ parameters: { host = '' } }: ViewProps) {
  const { navigation } = useServices();
  const list = useDashboardList();
  const uid = list?.find((each) => each.uid.endsWith('host'))?.uid;
  useEffect(() => {
    if (uid === undefined) return;
    const query = new URLSearchParams(navigation.place.get().query);
    query.set('var-instance', host);
    navigation.go(`${dashboardPath(uid)}?${query}`, 'replace');
  }, [uid, host]);
  if (list === undefined || uid !== undefined) return null;
  return <Notice title="There is no dashboard for one host" text="The gateway's installation lacks it." />;
}
