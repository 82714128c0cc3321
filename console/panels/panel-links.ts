/** Returns links from tiles and table cells to the page's lists of hosts and alerts. A dashboard in Grafana cannot have these links. */
import { alertsListPath, hostsListPath } from '../../common/page/paths.ts';
import type { Panel, Selection } from '../dashboard/model.ts';
import type { TableRow } from './table-data.ts';

/** Returns the filtered list behind a tile, limited to the selected hosts. Undefined for a tile without a list. */
export function tryTilePath({ type, title }: Pick<Panel, 'type' | 'title'>, selection: Selection): string | undefined {
  if (type !== 'stat') return undefined;
  const selected = selection.get('instance')?.selected ?? 'all';
  const host = selected === 'all' ? [] : selected;
  switch (title) {
    case 'Hosts up':
      return hostsListPath('up');
    case 'Hosts down':
      return hostsListPath('down');
    case 'Critical alerts':
      return alertsListPath({ severity: ['critical'], host });
    case 'Warnings':
      return alertsListPath({ severity: ['warning'], host });
    default:
      return undefined;
  }
}

/** Returns the firing alerts behind the name of an alert or a number of alerts. Undefined for other cells. */
export function tryAlertsPath(heading: string, { alertname, instance }: TableRow): string | undefined {
  const host = typeof instance === 'string' ? [instance] : [];
  if (typeof alertname === 'string')
    return heading === 'Alert' ? alertsListPath({ rule: [alertname], host }) : undefined;
  return heading === 'Alerts' && host.length > 0 ? alertsListPath({ host }) : undefined;
}
