/** Checks the hosts: silent ones, agents of another version than the server, and wrong clocks. */
import { type Check, counted, type Finding, fault, orOk, warning } from '../site/finding.ts';
import type { Site } from '../site/site.ts';
import { setNtp } from './clock.ts';

export const hosts: Check = {
  name: 'hosts',
  async run(site) {
    const { gateway } = site;
    if (gateway === undefined) return [];
    const { hosts: listed } = (await gateway.getJson('/api/v1/hosts')) as { readonly hosts: readonly Host[] };
    const { version } = (await gateway.getJson('/api/v1/hosts/agents')) as { readonly version: string };
    const findings = [...judgeHosts(listed, version), ...(await judgeClocks(site))];
    return orOk(findings, `${counted(listed.length, 'host')} reporting; version ${version}`);
  },
};

export interface Host {
  readonly host: string;
  readonly up: boolean;
  readonly last_seen?: string;
  readonly version?: string;
}

export function judgeHosts(listed: readonly Host[], serverVersion: string): readonly Finding[] {
  const silent = listed.filter(({ up }) => !up);
  const outdated = listed.filter(({ up, version }) => up && version !== undefined && version !== serverVersion);
  return [
    ...silent.map(({ host, last_seen: seen = 'more than a day ago' }) =>
      warning(
        `${host} is silent; last seen: ${seen}`,
        `on ${host}: systemctl status hostpulse-agent; if it is out of service: hostpulse hosts forget ${host}`,
      ),
    ),
    ...outdated.map(({ host, version }) =>
      warning(
        `${host} has version ${version}, the server ${serverVersion}`,
        `run on ${host} the line of: hostpulse hosts add ${host}`,
      ),
    ),
  ];
}

/** The expressions and limits of the alerts ClockSkewed and PushedClockSkewed. */
const skews = [
  'abs(node_time_seconds - timestamp(node_time_seconds)) > 10',
  'abs(hostpulse_gateway_host_clock_skew_seconds) > 30',
] as const;

async function judgeClocks({ prometheus }: Site): Promise<readonly Finding[]> {
  if (prometheus === undefined) return [];
  const answers = await Promise.all(skews.map((expression) => prometheus.query(expression)));
  return answers.flatMap((samples) =>
    samples.map(({ labels, value }) => {
      const host = labels['host'] ?? labels['instance'] ?? 'unknown';
      return fault(`the clock of ${host} is off by ${Math.round(value)} s`, `on ${host}: ${setNtp}`);
    }),
  );
}
