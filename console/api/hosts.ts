/** The gateway's hosts. */
export const hostsApiPath = '/api/v1/hosts';

export interface Host {
  readonly host: string;
  /** How samples of the host arrive. */
  readonly mode: 'scrape' | 'push';
  readonly up: boolean;
  /** RFC 3339. Absent after more than a day. */
  readonly last_seen?: string;
  readonly os?: string;
  readonly version?: string;
}

export interface HostList {
  readonly hosts: readonly Host[];
}

export type HostState = 'up' | 'down';

/** Returns the hosts in the state, or all, with those that are down first: `web-2` before `web-10`. */
export function hostsIn(hosts: readonly Host[], state: HostState | undefined): readonly Host[] {
  return hosts
    .filter(({ up }) => state === undefined || up === (state === 'up'))
    .toSorted((a, b) => Number(a.up) - Number(b.up) || a.host.localeCompare(b.host, 'en', { numeric: true }));
}
