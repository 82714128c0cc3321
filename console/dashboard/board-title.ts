/** Returns the titles of a dashboard: the host on the dashboard of one host, otherwise the name of the dashboard. */
import type { Dashboard, Selection } from './model.ts';

interface BoardTitle {
  readonly heading: string;
  /** Title of the browser's tab, without the product where it is added. */
  readonly document: string;
}

export function boardTitle({ title, variables }: Dashboard, selection: Selection | undefined): BoardTitle {
  const ofHosts = variables.find(({ name }) => name === 'instance');
  const selected = selection?.get('instance')?.selected;
  const isOfOne = ofHosts?.type === 'query' && !ofHosts.includeAll;
  if (!isOfOne || selected === undefined || selected === 'all' || selected[0] === undefined)
    return { heading: shortTitle(title), document: title };
  const host = selected.length === 1 ? selected[0] : `${selected[0]} + ${selected.length - 1}`;
  return { heading: host, document: host };
}

/** Removes the product's name, which only Grafana's list of all dashboards needs. */
export function shortTitle(title: string): string {
  return title.replace(/^hostpulse\s*[/:-]\s*/i, '');
}
