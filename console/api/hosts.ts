/** Defines the bodies of the gateway's API about hosts, and the calls that add hosts. */

export const hostTokensPath = '/api/v1/hosts/tokens';
export const hostTargetsPath = '/api/v1/hosts/targets';
export const hostAgentsPath = '/api/v1/hosts/agents';

export interface NewHost {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface HostToken {
  readonly install: string;
  readonly uninstall: string;
  readonly expires_at: string;
  readonly server_url: string;
  /** SHA-256 of the server's own CA. Absent: a public CA, or no TLS. */
  readonly ca_fingerprint?: string;
  readonly warnings: readonly string[];
}

export interface AgentStates {
  readonly version: string;
  readonly agents: readonly {
    readonly platform: string;
    readonly state: 'ready' | 'building' | 'failed' | 'missing';
    readonly detail?: string;
  }[];
}

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

export function hostsPath(host: string): string {
  return `/api/v1/hosts?host=${encodeURIComponent(host)}`;
}

export type HostState = 'up' | 'down';

/** Returns the hosts in the state, or all hosts. Hosts that are down come first, then `web-2` before `web-10`. */
export function hostsIn(hosts: readonly Host[], state: HostState | undefined): readonly Host[] {
  return hosts
    .filter(({ up }) => state === undefined || up === (state === 'up'))
    .toSorted((a, b) => Number(a.up) - Number(b.up) || a.host.localeCompare(b.host, 'en', { numeric: true }));
}
