/** Returns the titles of a dashboard: the host on the dashboard of one host, otherwise the name of the dashboard. */
import type { Dashboard, Selection } from './model.ts';

interface BoardTitle {
  readonly heading: string;
  /** Title of the browser's tab, without the product where it is added. */
  readonly document: string;
}

export function boardTitle(dashboard: Dashboard, selection: Selection | undefined): BoardTitle {
  const { title } = dashboard;
  const selected = selectedHosts(dashboard, selection);
  if (selected[0] === undefined) return { heading: shortTitle(title), document: title };
  const host = selected.length === 1 ? selected[0] : `${selected[0]} + ${selected.length - 1}`;
  return { heading: host, document: host };
}

/** Returns the host on the dashboard of one host; undefined for other dashboards, and while several hosts are selected. */
export function tryOneHost(dashboard: Dashboard, selection: Selection | undefined): string | undefined {
  const selected = selectedHosts(dashboard, selection);
  return selected.length === 1 ? selected[0] : undefined;
}

/** Returns the selected hosts of a dashboard whose variable has no choice of all hosts. Empty for other dashboards. */
function selectedHosts({ variables }: Dashboard, selection: Selection | undefined): readonly string[] {
  const ofHosts = variables.find(({ name }) => name === 'instance');
  const selected = selection?.get('instance')?.selected;
  const isOfOne = ofHosts?.type === 'query' && !ofHosts.includeAll;
  return !isOfOne || selected === undefined || selected === 'all' ? [] : selected;
}

/** Removes the product's name, which only Grafana's list of all dashboards needs. */
export function shortTitle(title: string): string {
  return title.replace(/^hostpulse\s*[/:-]\s*/i, '');
}
