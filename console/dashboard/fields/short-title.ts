/** A dashboard's title without the product's name, which Grafana's list of all dashboards needs and the page does not. */
export function shortTitle(title: string): string {
  return title.replace(/^hostpulse\s*[/:-]\s*/i, '');
}
