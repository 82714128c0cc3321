/** Calls of the gateway that add hosts. */

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

export interface HostList {
  readonly hosts: readonly {
    readonly host: string;
    readonly mode: 'scrape' | 'push';
    readonly up: boolean;
    readonly last_seen?: string;
    readonly os?: string;
  }[];
}

export function hostsPath(host: string): string {
  return `/api/v1/hosts?host=${encodeURIComponent(host)}`;
}
